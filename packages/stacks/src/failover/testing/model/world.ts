import type { Register } from "@chatops/runtime/contract"
import type { PendingWrite, Supervisor, WaitFor } from "../../protocol/supervisor.ts"

/** One region's PostgreSQL as far as the protocol depends on it. Nothing in here is ever changed in place. */
export interface Database {
  readonly up: boolean
  readonly kind: "primary" | "standby" | "none"
  readonly incarnation: string
  /** Its WAL: a letter for each client's commit, a digit for each promotion, so that timelines are prefixes or not. */
  readonly log: string
  readonly upstream: string | null
  /** Runtimes are let in. */
  readonly open: boolean
  /** What runtimes are told: what they acknowledge, they acknowledge within a lease. */
  readonly alone: boolean
  /** In the configuration that the postmaster has loaded. */
  readonly names: WaitFor
  /** What the checkpointer has loaded; it acts on it later. */
  readonly checkpointer: { readonly loaded: WaitFor; readonly applied: boolean }
  /** Raised and dropped by the checkpointer: whether a commit waits at all. */
  readonly mustWait: boolean
  /** Commits whose sessions wait. */
  readonly waiting: string
  /** Walsenders, by region of their standby. */
  readonly senders: Readonly<Record<string, Sender>>
}

export interface Sender {
  /** The names that this process goes by; it loads others by itself, and late. */
  readonly names: WaitFor
  /** Read, and not gone by yet: nothing shows it, and whoever waits is not released meanwhile. */
  readonly loading: WaitFor | null
  readonly incarnation: string
  /** What its standby last reported: length of its log. */
  readonly flushed: number
  readonly stopped: boolean
}

/** Faults and requests that are still to come. */
export interface Budget {
  readonly commits: number
  readonly crashes: number
  readonly claims: number
  readonly losses: number
  readonly stops: number
  readonly policies: number
  readonly yields: number
  /** Leases that run out without need: what keeps a primary from the witness. */
  readonly lapses: number
  /** Claims by regions that are not in sync. */
  readonly forces: number
  /** Regions that begin anew with an empty disk, or with an older one. */
  readonly disks: number
  /** Standbys with whose directory nothing can be done, or so it seems. */
  readonly useless: number
  /** Names that could not be set, or were set and nobody saw it. */
  readonly refusals: number
}

export const nothing: Budget = {
  commits: 0,
  crashes: 0,
  claims: 0,
  losses: 0,
  stops: 0,
  policies: 0,
  yields: 0,
  lapses: 0,
  forces: 0,
  disks: 0,
  useless: 0,
  refusals: 0,
}

export interface World {
  readonly register: Register
  /** Writes on their way to the witness, in no order; they may arrive whenever they like, if it could still take them. */
  readonly net: readonly PendingWrite[]
  readonly supervisors: Readonly<Record<string, Supervisor>>
  readonly databases: Readonly<Record<string, Database>>
  readonly acknowledged: string
  /** Regions whose lease may still run. Clocks see to it that nobody who waits one out ends before it has. */
  readonly leases: readonly string[]
  readonly budget: Budget
  /** Incarnations that a fault took, with their disk. */
  readonly gone?: readonly string[]
  /** What the witness may go back to, once. */
  readonly backup?: Register | "restored"
  /** What somebody did that nobody may. */
  readonly wrong?: string
}

export interface Move {
  readonly label: string
  /** A fault, or something that clients or arbiters want: a world may rest without it. */
  readonly optional: boolean
  readonly to: World
}

export function withDatabase(world: World, region: string, change: Partial<Database>): World {
  const database = { ...world.databases[region], ...change } as Database
  return { ...world, databases: { ...world.databases, [region]: database } }
}

export function withSender(world: World, region: string, standby: string, sender: Sender | undefined): World {
  const { [standby]: _gone, ...others } = databaseOf(world, region).senders
  return withDatabase(world, region, { senders: sender === undefined ? others : { ...others, [standby]: sender } })
}

export function databaseOf(world: World, region: string): Database {
  const database = world.databases[region]
  if (database === undefined) throw new Error(`no region ${region}`)
  return database
}

export function supervisorOf(world: World, region: string): Supervisor {
  const supervisor = world.supervisors[region]
  if (supervisor === undefined) throw new Error(`no region ${region}`)
  return supervisor
}

/** The same with one less of it; undefined when none is left. */
export function pay(world: World, what: keyof Budget): World | undefined {
  const left = world.budget[what]
  return left > 0 ? { ...world, budget: { ...world.budget, [what]: left - 1 } } : undefined
}

/** The witness answered that region, which it names primary, or may have: the lease runs from when it was asked. */
export const renewed = (world: World, region: string): World =>
  world.register.primary !== region || world.leases.includes(region)
    ? world
    : { ...world, leases: [...world.leases, region].toSorted() }

/** Whether what a primary says now counts as acknowledged. */
export const mayAcknowledge = (world: World, region: string): boolean =>
  !databaseOf(world, region).alone || world.leases.includes(region)

/** What is in either, each once, in order. */
export const union = (one: string, other: string): string => [...new Set(one + other)].toSorted().join("")

/** The clients' commits in a log. */
export const commitsOf = (log: string): string => log.replaceAll(/\d/g, "")

export const waitsFor = (names: WaitFor, region: string, incarnation: string): boolean =>
  typeof names === "object" && names.region === region && names.incarnation === incarnation
