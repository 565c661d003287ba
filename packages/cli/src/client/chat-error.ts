import type { ClientErrorCode } from "@chatops/runtime/contract"
import { ChatopsError } from "@chatops/stacks/errors"

interface ChatCircumstances {
  readonly url: string
  readonly signal: AbortSignal
  /** The answer had begun to come. */
  readonly answering: boolean
}

/** What the official client's errors have, of which a connection that failed has none. */
interface ClientError {
  readonly message: string
  readonly code?: string | null
  readonly status?: number
  /** What the server said in the place of an answer. */
  readonly error?: unknown
}

/** What the official client threw, as one of our errors; what the caller's signal says comes first. */
export function chatError(error: unknown, { url, signal, answering }: ChatCircumstances): Error {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error("aborted")
  if (error instanceof ChatopsError) return error
  const { code, status, message, error: said } = error as ClientError
  if (brokenOff.has(code ?? ""))
    return new ChatopsError("CHAT_CUT_SHORT", `the answer broke off: ${message}`, { cause: error })
  if (status === 401)
    return new ChatopsError("KEY_UNKNOWN", `the API key was refused: ${message}`, {
      hint: "`chatops keys list` shows which are active; without --key a talk opens a session of its own.",
      cause: error,
    })
  if (status !== undefined && isRefusal(status))
    return new ChatopsError("CHAT_REFUSED", `the chatbot refused: ${message}`, { cause: error, details: { status } })
  if (status !== undefined || said !== undefined)
    return new ChatopsError("CHAT_FAILED", `the chatbot could not answer: ${message}`, {
      cause: error,
      details: status === undefined ? {} : { status },
    })
  return answering
    ? new ChatopsError("CHAT_CUT_SHORT", `the answer broke off: ${rootOf(error)}`, { cause: error })
    : new ChatopsError("CHAT_UNREACHABLE", `${url} does not answer: ${rootOf(error)}`, {
        cause: error,
        details: { url },
      })
}

/** Codes of the chatbot for an answer that it began and cannot finish, or not for sure. */
const brokenOff: ReadonlySet<string> = new Set(["stream_interrupted", "commit_unknown"] satisfies ClientErrorCode[])

/** The same question would be refused again; a timeout or a limit of requests would perhaps not. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429

/** What lies at the bottom: the client says no more than `Connection error.`. */
function rootOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string }
  return cause instanceof Error ? rootOf(cause) : message || code || "no reason given"
}
