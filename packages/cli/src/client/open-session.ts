import { randomUUID } from "node:crypto"
import type { OpenTarget } from "@chatops/stacks"
import { chatError } from "./chat-error.ts"

export interface Door {
  readonly url: string
  readonly tenant: string
}

/** The token is exchanged at once. */
const tokenLifetimeSeconds = 60

/**
 * A key for this process alone: a session, as the chat page opens one. It stands in no list of keys, ends by itself
 * after twelve hours, and nobody else ever sees it. Throws what {@link ask} throws.
 */
export async function openSession(target: OpenTarget, { url, tenant }: Door, signal: AbortSignal): Promise<string> {
  const token = await target.keys.createToken({ tenant, lifetimeSeconds: tokenLifetimeSeconds }, signal)
  const [{ default: OpenAI }, { path }] = await Promise.all([import("openai"), import("@chatops/runtime/contract")])
  // The official client for its retries; with the nonce a repeat succeeds when the first answer was lost.
  const client = new OpenAI({ baseURL: url, apiKey: "none" })
  try {
    const body = { token, nonce: randomUUID() }
    return (await client.post<{ key: string }>(path.chatSession, { body, signal })).key
  } catch (error) {
    throw chatError(error, { url, signal, answering: false })
  }
}
