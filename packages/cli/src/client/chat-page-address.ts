import { ChatopsError } from "@chatops/stacks/errors"
import type { OperationServices } from "../operations/operation.ts"

const tokenLifetimeSeconds = 300

/** Address of the chat page with a one-time token in its fragment, which browsers send to nobody. */
export async function chatPageAddress(
  { target, environment }: OperationServices,
  signal: AbortSignal,
): Promise<string> {
  const { entry } = await target.inspect(signal)
  if (!entry.url) throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
  const token = await target.keys.createToken({ tenant: "default", lifetimeSeconds: tokenLifetimeSeconds }, signal)
  return `${entry.url}/#token=${token}`
}
