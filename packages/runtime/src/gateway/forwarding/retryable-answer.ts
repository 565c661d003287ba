import { type ClientErrorCode, retryableCodes } from "../../contract/index.ts"
import type { ResponseHead } from "../../http/response-head.ts"

/** Whether an answer could be one that asks for another attempt; its body has to be read to know. */
export const mayBeRetryable = (head: ResponseHead): boolean =>
  (head.status === 502 || head.status === 503 || head.status === 504) &&
  (typeof head.body !== "number" || head.body <= heldLimit)

/** The retryable code in an error body `{"error":{"code":…}}`, or undefined. */
export function retryableCode(body: Buffer): ClientErrorCode | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"))
    if (!isRecord(parsed) || !isRecord(parsed["error"])) return undefined
    const code = parsed["error"]["code"] as ClientErrorCode
    return retryableCodes.has(code) ? code : undefined
  } catch {
    return undefined
  }
}

/** Retryable codes that ask for patience: sending such a request to every replica would only add to the load. */
export const busyCodes: ReadonlySet<ClientErrorCode> = new Set(["overloaded", "upstream_busy"])

/** Largest error body that is held back for reading, in bytes. */
export const heldLimit = 65_536

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
