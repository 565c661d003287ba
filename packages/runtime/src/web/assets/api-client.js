// @ts-check
import { eventData } from "./event-stream.js"
import { RequestFailed } from "./request-failed.js"
import { isRecord } from "./stored-value.js"

/**
 * @typedef {{ readonly id: string, readonly role: "user" | "assistant", readonly text: string }} Message
 * @typedef {{ readonly region: string | null, readonly release: string | null }} Origin who answered
 * @typedef {{ readonly origin: Origin, readonly events: AsyncIterable<Record<string, unknown>> }} AnswerStream
 * @typedef {ReturnType<typeof createApiClient>} ApiClient
 */

/** The server writes at least a comment every 15 s; three missed ones mean that nobody is there. In milliseconds. */
const longestSilence = 45_000
/** Longer than the gateway's own limit, so that it is the gateway that gives up. In milliseconds. */
const longestWait = 150_000

/** @param {() => string | null} key */
export function createApiClient(key) {
  /**
   * @param {string} path
   * @param {RequestInit} init
   */
  async function request(path, init) {
    const headers = new Headers(init.headers)
    headers.set("authorization", `Bearer ${key() ?? ""}`)
    if (init.body !== undefined) headers.set("content-type", "application/json")
    return accepted(await fetch(path, { ...init, headers, cache: "no-store", credentials: "omit" }))
  }

  return {
    /** Throws unless the key counts. */
    async checkKey() {
      await request("/v1/models", { signal: AbortSignal.timeout(longestWait) })
    },

    /**
     * @param {AbortSignal} signal
     * @returns {Promise<string>} the new conversation's id
     */
    async createConversation(signal) {
      const response = await request("/v1/conversations", { method: "POST", body: "{}", signal })
      return String((await response.json()).id)
    },

    /**
     * @param {string} conversation
     * @param {{ before?: string, limit: number }} range the newest messages, or those older than one
     * @returns {Promise<{ messages: Message[], more: boolean }>} oldest first
     */
    async messages(conversation, { before, limit }) {
      const query = new URLSearchParams({ order: "desc", limit: String(limit), ...(before && { after: before }) })
      const address = `/v1/conversations/${encodeURIComponent(conversation)}/items?${query}`
      const list = await (await request(address, { signal: AbortSignal.timeout(longestWait) })).json()
      return { messages: list.data.flatMap(toMessage).reverse(), more: list.has_more === true }
    },

    /**
     * The server goes on with an answer that nobody reads, for its reader might come back. This one does not.
     *
     * @param {string} response
     */
    async cancel(response) {
      await request(`/v1/responses/${encodeURIComponent(response)}/cancel`, { method: "POST", keepalive: true })
    },

    /**
     * @param {{ conversation: string, text: string, key: string }} question
     * @param {AbortSignal} signal
     * @returns {Promise<AnswerStream>}
     */
    async respond({ conversation, text, key }, signal) {
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), longestWait)
      const response = await request("/v1/responses", {
        method: "POST",
        headers: { "idempotency-key": key, accept: "text/event-stream" },
        body: JSON.stringify({ conversation, input: text, stream: true }),
        signal: AbortSignal.any([signal, late.signal]),
      }).finally(() => clearTimeout(timer))
      const origin = {
        region: response.headers.get("x-chatops-region"),
        release: response.headers.get("x-chatops-release"),
      }
      return { origin, events: parsed(response) }
    },
  }
}

/** @param {Response} response */
async function* parsed(response) {
  if (response.body === null) return
  for await (const data of eventData(response.body, longestSilence)) {
    if (data === "[DONE]") return
    const event = JSON.parse(data)
    if (isRecord(event)) yield event
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Response>}
 * @throws {RequestFailed} unless its status is a 2xx
 */
export async function accepted(response) {
  if (response.ok) return response
  const body = await response.json().catch(() => null)
  const error = isRecord(body) && isRecord(body["error"]) ? body["error"] : {}
  const seconds = Number.parseFloat(response.headers.get("retry-after") ?? "")
  throw new RequestFailed({
    kind: "refused",
    status: response.status,
    code: typeof error["code"] === "string" ? error["code"] : null,
    message: typeof error["message"] === "string" ? error["message"] : `The server answered ${response.status}.`,
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : null,
  })
}

/**
 * @param {unknown} item
 * @returns {Message[]} one, or none when the item is something else
 */
function toMessage(item) {
  if (!isRecord(item) || item["type"] !== "message") return []
  const { id, role, content } = item
  if (role !== "user" && role !== "assistant") return []
  return [{ id: String(id), role, text: textOf(content) }]
}

/** @param {unknown} content */
export function textOf(content) {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map(part => (isRecord(part) && typeof part["text"] === "string" ? part["text"] : "")).join("")
}
