import { ChatopsError } from "@chatops/stacks/errors"
import type { OperationServices } from "../operations/operation.ts"

const tokenLifetimeSeconds = 300

/**
 * Address of the chat page with a one-time token in its fragment, which browsers send to nobody.
 * Throws NOT_DEPLOYED, and CHAT_UNREACHABLE where nobody would answer there.
 */
export async function chatPageAddress(
  { target, environment }: OperationServices,
  signal: AbortSignal,
): Promise<string> {
  const { entry } = await target.inspect(signal)
  if (!entry.url) throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
  // A browser would show no more than that nobody answers.
  if (!entry.reachable)
    throw new ChatopsError("CHAT_UNREACHABLE", `the entry ${entry.url} does not answer: ${entry.detail}`, {
      details: { url: entry.url },
    })
  const token = await target.keys.createToken({ tenant: "default", lifetimeSeconds: tokenLifetimeSeconds }, signal)
  return `${entry.url}/#token=${token}`
}
