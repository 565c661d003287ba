import type { Environment } from "../../environment.ts"
import { ChatopsError } from "../../errors/chatops-error.ts"
import { isRunning } from "./agent/is-running.ts"
import { explainPort } from "./agent/port-owner.ts"
import { recordedSpec } from "./agent/recorded-spec.ts"
import { isFree } from "./free-port.ts"
import { partPaths } from "./layout.ts"

const anyPort = 0

/**
 * Before the gateway that runs is touched: whether it can listen where chatops.yaml wants it. Throws CONFIG_INVALID for
 * a host that is not this machine's, PORT_TAKEN when a stranger holds the port; allocated ports avoid such by themselves.
 */
export async function checkEntryAddress(environment: Environment): Promise<void> {
  const { host, port } = environment.config.entry
  const elsewhere = (cause: Error) => {
    throw new ChatopsError("CONFIG_INVALID", `entry.host: ${host} is no address of this machine`, { cause })
  }
  await isFree(anyPort, host).catch(elsewhere)
  if (port === undefined || (await ownPort(environment)) === port || (await isFree(port, host))) return
  throw new ChatopsError("PORT_TAKEN", explainPort(`the entry's port ${host}:${port} is taken`), {
    details: { host, port },
  })
}

/** Where the gateway listens now; a port that is new in chatops.yaml is not its own yet. */
async function ownPort({ directories }: Environment): Promise<number | undefined> {
  const { directory } = partPaths(directories, { kind: "entry" })
  if (!isRunning(directory)) return undefined
  const spec = await recordedSpec(directory)
  return spec?.kind === "entry" ? spec.gateway.listen.port : undefined
}
