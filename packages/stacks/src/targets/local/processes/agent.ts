import { readFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { writeDurably } from "../../../process/durable-file.ts"
import { takeLock } from "../../../process/process-lock.ts"
import { type Control, ControlServer } from "../agent/control-server.ts"
import { entryRole } from "../agent/entry-role.ts"
import { Leftovers } from "../agent/leftovers.ts"
import { runFromStore, runsFrom } from "../agent/node-process.ts"
import { outliveFullLog, trimLog } from "../agent/process-log.ts"
import { RegionRole } from "../agent/region-role.ts"
import type { Role, RoleContext } from "../agent/role.ts"
import { SocketWatch } from "../agent/socket-watch.ts"
import { AgentSpec } from "../agent/spec.ts"
import { agentLock, agentPurpose } from "../agent/stop-agent.ts"
import { witnessRole } from "../agent/witness-role.ts"

/** `agent <directory>`: keeps true what `<directory>/spec.json` says, until it is told to stop. */
const directory = process.argv[2] ?? process.cwd()
// What the database's user has to pass through must not depend on the umask of whoever ran the first deploy.
process.umask(0o022)
outliveFullLog()
const logTrimInterval = 30_000
const socketCheckInterval = 5_000

const lock = takeLock(agentLock(directory), agentPurpose)
if (!lock.taken) {
  process.stderr.write(`another agent (pid ${lock.holder.pid}) holds ${directory}\n`)
  process.exit(75)
}

const startedAt = new Date().toISOString()
const leftovers = new Leftovers(directory)
await leftovers.end()

let spec = AgentSpec.parse(JSON.parse(readFileSync(join(directory, "spec.json"), "utf8")))
const context: RoleContext = {
  directory,
  changed: () => server.emit("change"),
  remember: (name, pid, started) => leftovers.remember(name, { pid, started }),
}
const roles = { witness: witnessRole, entry: entryRole, region: (given: RoleContext) => new RegionRole(given) }
const role: Role = roles[spec.kind](context)
const sockets = new SocketWatch(role)

const control: Control = {
  state: async () => {
    const state = sockets.complete(await role.state())
    return { kind: spec.kind, pid: process.pid, startedAt, runsFrom: runsFrom(), spec, ...state }
  },
  apply: async given => {
    const next = AgentSpec.parse(given)
    if (!isDeepStrictEqual(next, spec)) await writeDurably(join(directory, "spec.json"), JSON.stringify(next))
    sockets.restartLost()
    spec = next
    applySpec()
  },
  pulse: () => role.pulse?.(),
  cut: region => role.cut?.(region),
  admin: async (name, input) => {
    const work = role.admin[name]
    if (!work) throw new ChatopsError("AGENT_FAILED", `this supervisor has no function ${name}`)
    return work(input)
  },
}
const server = new ControlServer(control)
await server.listen(spec.socket)
applySpec()
setInterval(trimLogs, logTrimInterval).unref()
setInterval(checkSockets, socketCheckInterval).unref()
// Whoever finds the agent deaf wakes it, and should not have to wait.
process.on("SIGCONT", checkSockets)
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => void stop())

function applySpec(): void {
  runFromStore(spec.bundles)
  role.apply(spec)
}

let stopping: Promise<void> | undefined

function stop(): Promise<void> {
  stopping ??= (async () => {
    try {
      await role.stop()
    } finally {
      server.close()
      lock.taken && lock.release()
    }
    process.exit(0)
  })()
  return stopping
}

async function checkSockets(): Promise<void> {
  try {
    await server.listenAgain()
    await sockets.look(spec)
  } catch (error) {
    process.stderr.write(`the supervisor's sockets: ${(error as Error).message}\n`)
  }
}

async function trimLogs(): Promise<void> {
  for (const { name } of (await role.state()).processes) trimLog(join(directory, "logs", `${name}.log`))
}
