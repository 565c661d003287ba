import type { Environment } from "../../environment.ts"
import { ChatopsError } from "../../errors/chatops-error.ts"
import { systemError } from "../../errors/system-error.ts"
import { isRunning } from "./agent/is-running.ts"
import { explainPort } from "./agent/port-owner.ts"
import { recordedSpec } from "./agent/recorded-spec.ts"
import { isFree } from "./free-port.ts"
import { partPaths } from "./layout.ts"

const anyPort = 0
/** What the system says about an address that is not this machine's. */
const foreign = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENOTFOUND"])

/**
 * Before the gateway that runs is touched: whether it can listen where chatops.yaml wants it. Throws CONFIG_INVALID for
 * a host that is not this machine's, NO_PERMISSION for a port that only root may take, PORT_TAKEN when a stranger holds the port; allocated ports avoid such by themselves.
 */
export async function checkEntryAddress(environment: Environment): Promise<void> {
  const { host, port } = environment.config.entry
  await isFree(anyPort, host).catch(cause => {
    if (!foreign.has(cause.code)) throw systemError(cause)
    throw new ChatopsError("CONFIG_INVALID", `entry.host: ${host} is no address of this machine`, { cause })
  })
  if (port === undefined || (await isOwn(environment))) return
  const free = await isFree(port, host).catch(cause => {
    throw systemError(Object.assign(cause, { path: `port ${port} of ${host}` }))
  })
  if (free) return
  throw new ChatopsError("PORT_TAKEN", explainPort(`the entry's port ${host}:${port} is taken`), {
    details: { host, port },
  })
}

/** Whether the gateway listens there now; an address that is new in chatops.yaml is not its own yet. */
async function isOwn({ config, directories }: Environment): Promise<boolean> {
  const { directory } = partPaths(directories, { kind: "entry" })
  if (!isRunning(directory)) return false
  const spec = await recordedSpec(directory)
  if (spec?.kind !== "entry") return false
  const { host, port } = spec.gateway.listen
  return host === config.entry.host && port === config.entry.port
}
