import { chatError } from "./chat-error.ts"

/** Begins a conversation and returns its id. Throws what {@link ask} throws. */
export async function openConversation(door: { url: string; key: string; signal: AbortSignal }): Promise<string> {
  const { url, key, signal } = door
  const { default: OpenAI } = await import("openai")
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
  try {
    return (await client.conversations.create({}, { signal })).id
  } catch (error) {
    throw chatError(error, { url, signal, answering: false })
  }
}
