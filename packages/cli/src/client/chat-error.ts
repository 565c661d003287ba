import { ChatopsError } from "@chatops/stacks/errors"

const look = "Look at `chatops status` and `chatops logs --level warn`."

/** What the official client threw, as one of our errors; what the caller's signal says comes first. */
export function chatError(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error("aborted")
  const { status, message } = error as { status?: number; message: string }
  if (status === 401)
    return new ChatopsError("KEY_UNKNOWN", `the API key was refused: ${message}`, {
      hint: "`chatops keys list` shows which are active; without --key one is made for the talk.",
      cause: error,
    })
  return new ChatopsError("VERIFY_FAILED", `no answer: ${message}`, {
    hint: look,
    cause: error,
    details: status === undefined ? {} : { status },
  })
}
