/** Begins a conversation and returns its id. Throws what the official client throws. */
export async function openConversation({ url, key }: { url: string; key: string }): Promise<string> {
  const { default: OpenAI } = await import("openai")
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
  return (await client.conversations.create({})).id
}
