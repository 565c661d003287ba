import { readFile } from "node:fs/promises"
import { Webhook } from "standardwebhooks"
import { request } from "undici"
import type { Message } from "./outbox.ts"

export interface Receiver {
  readonly url: string
  /** Holds `whsec_…`; read at every attempt, so that one that was set anew is in use at once. */
  readonly secretFile: string
}

export type Delivery =
  | { readonly outcome: "delivered" }
  /** `gone`: it wants no more of them. */
  | { readonly outcome: "failed" | "gone"; readonly reason: string }

/** One attempt, signed by the Standard Webhooks specification. Redirects are not followed. */
export async function deliver(message: Message, { url, secretFile }: Receiver, timeout: number): Promise<Delivery> {
  try {
    const secret = (await readFile(secretFile, "utf8")).trim()
    const body = JSON.stringify(message.event)
    const now = new Date()
    const headers = {
      "content-type": "application/json",
      "user-agent": "chatops",
      "webhook-id": message.id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": new Webhook(secret).sign(message.id, now, body),
    }
    const signal = AbortSignal.timeout(timeout)
    const answer = await request(url, { method: "POST", headers, body, signal })
    // Nobody reads it, however long it is.
    answer.body.on("error", () => undefined).destroy()
    const status = answer.statusCode
    if (status >= 200 && status < 300) return { outcome: "delivered" }
    return { outcome: status === 410 ? "gone" : "failed", reason: `HTTP ${status}` }
  } catch (error) {
    return { outcome: "failed", reason: reasonOf(error as NodeJS.ErrnoException, timeout) }
  }
}

/** Messages of libraries may hold the address, which may hold a secret. */
function reasonOf({ name, code }: NodeJS.ErrnoException, timeout: number): string {
  if (name === "TimeoutError") return `no answer within ${timeout / 1_000} s`
  if (code === "ENOENT" || code === "EACCES") return "its secret cannot be read"
  return code ?? "its secret cannot be used"
}
