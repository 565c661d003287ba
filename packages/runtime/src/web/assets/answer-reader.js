// @ts-check
import { textOf } from "./api-client.js"
import { RequestFailed } from "./request-failed.js"
import { isRecord } from "./stored-value.js"

/**
 * @typedef {{ readonly text: string, readonly itemId: string | null, readonly cutOff: string | null }} Answer
 * `cutOff`: why it ended early: `max_output_tokens`, `content_filter`
 */

/**
 * Reads one generation to its end. What it has shown so far counts for nothing unless it returns.
 *
 * @param {AsyncIterable<Record<string, unknown>>} events
 * @param {{ text(whole: string): void, item(id: string): void, response(id: string): void }} show
 * @returns {Promise<Answer>}
 * @throws {RequestFailed} when the stream says that it failed, or ends without an ending
 */
export async function readAnswer(events, show) {
  let text = ""
  for await (const event of events) {
    switch (event["type"]) {
      case "response.created":
        if (isRecord(event["response"])) show.response(String(event["response"]["id"]))
        break
      case "response.output_item.added":
        if (isRecord(event["item"])) show.item(String(event["item"]["id"]))
        break
      case "response.output_text.delta":
        text += event["delta"]
        show.text(text)
        break
      case "response.completed":
      case "response.incomplete": {
        const final = outputOf(event["response"])
        const cutOff = event["type"] === "response.incomplete" ? final.incomplete : null
        return { text: final.text || text, itemId: final.itemId, cutOff }
      }
      case "response.failed":
        throw broken(isRecord(event["response"]) ? event["response"]["error"] : null)
      case "error":
        throw broken(event["error"] ?? event)
    }
  }
  throw new RequestFailed({ kind: "connection" })
}

/** @param {unknown} response */
function outputOf(response) {
  const output = isRecord(response) && Array.isArray(response["output"]) ? response["output"].filter(isRecord) : []
  const messages = output.filter(item => item["type"] === "message")
  const last = messages.at(-1)
  const details = isRecord(response) ? response["incomplete_details"] : null
  return {
    text: messages.map(message => textOf(message["content"])).join("\n\n"),
    itemId: last ? String(last["id"]) : null,
    incomplete: isRecord(details) ? String(details["reason"]) : "unknown",
  }
}

/** @param {unknown} error */
function broken(error) {
  const { code, message, retryable } = isRecord(error) ? error : {}
  return new RequestFailed({
    kind: "broken",
    code: typeof code === "string" ? code : null,
    message: typeof message === "string" ? message : "The answer broke off.",
    retryable: retryable === true,
  })
}
