import { ChatopsError } from "../../../errors/chatops-error.ts"
import { untilTrue } from "../agent/until.ts"
import { type HeldRequest, holdOverSocket } from "./held-request.ts"

/**
 * Holds something until it is released, and anew whenever the other side ended: a process that was started again knows
 * nothing of it. Resolves with its release once it is in effect. Throws AGENT_UNREACHABLE.
 */
export async function keepHeld(socket: string, path: string, signal: AbortSignal): Promise<() => Promise<void>> {
  let held: HeldRequest | undefined = await holdOverSocket(socket, path, signal).catch(cause => {
    signal.throwIfAborted()
    throw new ChatopsError("AGENT_UNREACHABLE", `no answer on ${socket}: ${(cause as Error).message}`, { cause })
  })
  const released = new AbortController()
  const holdAgain = async () => {
    held = await holdOverSocket(socket, path, released.signal).catch(() => undefined)
    return held !== undefined
  }
  const keeping = async () => {
    for (;;) {
      await held?.over
      released.signal.throwIfAborted()
      await untilTrue(undefined, holdAgain, released.signal)
    }
  }
  // Rejects when it is released, and never else.
  const kept = keeping().catch(() => undefined)
  return async () => {
    released.abort()
    await held?.release()
    await kept
  }
}
