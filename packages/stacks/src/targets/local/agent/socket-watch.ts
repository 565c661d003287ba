import { chownSync, existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { identify, signal } from "../../../process/process-identity.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { postgresUser } from "../postgres/installation.ts"
import type { Role } from "./role.ts"
import type { AgentSpec } from "./spec.ts"
import type { AgentFailure } from "./state.ts"

interface Listener {
  readonly process: "database" | "gateway"
  readonly file: string
}

type RoleState = Awaited<ReturnType<Role["state"]>>
type LostSocket = Listener & { readonly pid: number }

/**
 * Finds out that the socket of a child was removed: somebody tidied /tmp, or removed the state directory by hand. The
 * child goes on serving over TCP, but cannot be told anything, and only makes its socket when it starts.
 */
export class SocketWatch {
  readonly #role: Pick<Role, "state">
  #seen: LostSocket | undefined
  #lost: LostSocket | undefined
  #ended: number | undefined

  constructor(role: Pick<Role, "state">) {
    this.#role = role
  }

  /** Call it now and then. Only what is gone at two looks in a row counts: a child that ends removes its socket too. */
  async look(spec: AgentSpec): Promise<void> {
    const found = await this.#find(spec)
    this.#lost = found && found.pid === this.#seen?.pid ? found : undefined
    this.#seen = found
    // Requests wait for a database that starts. A gateway waits for a deploy: while it drains, nobody answers.
    if (this.#lost?.process === "database") this.restartLost()
  }

  /** What the role says, and what it cannot know: a socket is gone, or the child without one has yet to end. */
  complete(state: RoleState): RoleState {
    const ending = state.processes.some(({ pid }) => pid !== null && pid === this.#ended)
    return { ...state, settled: state.settled && !ending, failure: state.failure ?? this.#failure }
  }

  /** Ends the child, if there is one; whoever supervises it starts it again. For a deploy to mend what it was told of. */
  restartLost(): void {
    const lost = this.#lost
    this.#lost = undefined
    const identity = lost && identify(lost.pid)
    if (!identity) return
    this.#ended = lost.pid
    signal(identity, lost.process === "database" ? "SIGINT" : "SIGTERM")
  }

  get #failure(): AgentFailure | null {
    if (!this.#lost) return null
    const { process, file } = this.#lost
    return { code: "AGENT_FAILED", message: `${process} cannot be told anything: its socket ${file} was removed` }
  }

  async #find(spec: AgentSpec): Promise<LostSocket | undefined> {
    const child = listener(spec)
    if (!child || existsSync(child.file)) return undefined
    if (child.process === "database") makeForDatabase(dirname(child.file))
    const { processes } = await this.#role.state()
    const running = processes.find(({ name, ready }) => name === child.process && ready)
    return !running?.pid || running.pid === this.#ended ? undefined : { ...child, pid: running.pid }
  }
}

function listener(spec: AgentSpec): Listener | undefined {
  if (spec.kind === "witness") return undefined
  if (spec.kind === "entry") return { process: "gateway", file: spec.gateway.control }
  return { process: "database", file: join(postgresSocketDirectory(spec.socket), `.s.PGSQL.${spec.database.port}`) }
}

/** Without it PostgreSQL could not be started again, for whatever reason it ended. */
function makeForDatabase(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const user = postgresUser()
  if (user) chownSync(directory, user.uid, user.gid)
}
