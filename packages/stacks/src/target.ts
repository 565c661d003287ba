import type { Register } from "@chatops/runtime/contract"
import type { Fault, FaultKind } from "./drill/fault.ts"
import type { Environment } from "./environment.ts"
import type { EnvironmentState } from "./environment-state.ts"
import type { NoticedMoment } from "./failover/moments.ts"
import type { RegionMemory } from "./failover/recovery.ts"
import type { WatcherAction } from "./failover/watcher-journal.ts"
import type { LogLine, LogSelection } from "./log-line.ts"
import type { ResourceHandler } from "./provider/resource-handler.ts"

/** Outputs of a stack as they pass to the next one; secrets stay Pulumi secrets and are never in here. */
export type StackOutputs = Readonly<Record<string, unknown>>

/**
 * Outputs of stacks made before this one, asked for only when a program needs them: reading them starts the engine's CLI.
 * Undefined in the preview of a first deploy.
 */
export interface EarlierOutputs {
  base(): Promise<StackOutputs | undefined>
  region(region: string): Promise<StackOutputs | undefined>
}

/** Pulumi programs, run inside the engine. The order is always: base, then all regions at once, then entry. */
export interface TargetPrograms {
  base(): Promise<StackOutputs>
  region(region: string, earlier: EarlierOutputs): Promise<StackOutputs>
  entry(earlier: EarlierOutputs): Promise<StackOutputs>
}

/** A kind of place where an environment can run: one folder, one line in the registry. */
export interface Target {
  readonly name: string
  /** Opens the target for one environment. Reads, but makes nothing. */
  open(environment: Environment): Promise<OpenTarget>
}

/**
 * One environment on its target. Every call may be repeated, has a deadline of its own or takes a signal, and treats a
 * region that does not answer as a normal case: it shows in the result, it is no exception.
 */
export interface OpenTarget {
  /** Finds what is wrong before anything is touched: a missing secret, a taken port, a tool that is not there. Throws coded errors. */
  validate(signal: AbortSignal): Promise<void>
  /** Reserves names and addresses that stacks need of one another before any of them exists. */
  reserve(options: ReserveOptions): Promise<TargetPrograms>
  /** Handlers of resource types that the target brings itself, for the engine's provider. */
  resources(progress: (stack: string, text: string) => void): ReadonlyMap<string, ResourceHandler>
  /** What really runs now. */
  inspect(signal: AbortSignal): Promise<EnvironmentState>
  /**
   * Asks a region to become the primary, and resolves with the register when runtimes are let in there. Only a region that
   * surely holds every acknowledged turn does, unless whoever asks accepts that turns are lost, and nobody is in sync: then it waits before until its predecessor acknowledges nothing more. Throws CLAIM_REFUSED, AGENT_UNREACHABLE.
   */
  claim(region: string, signal: AbortSignal, options?: ClaimOptions): Promise<Register>
  /**
   * A planned change of primary: `from` finishes what is under way and stops, and `to` claims. `to` is brought into sync
   * first where it is not. Resolves as `claim` does; `from` serves again when it comes to nothing, even if whoever asked
   * is gone. Throws HANDOVER_REFUSED, CLAIM_REFUSED, AGENT_UNREACHABLE.
   */
  handOver(change: { readonly from: string; readonly to: string }, signal: AbortSignal): Promise<Register>
  /** The register as it is now, at little cost: nothing else is looked at. Null: it cannot be had. */
  register(signal: AbortSignal): Promise<Register | null>
  /** What the watcher has done of late, the oldest first; empty where there is none. */
  watcherActions(signal: AbortSignal): Promise<readonly WatcherAction[]>
  /** What happened to the regions that answer, as each noticed it, of late; in the order of time. */
  moments(signal: AbortSignal): Promise<readonly RegionMoment[]>
  readonly recovery: TargetRecovery
  readonly keys: TargetKeys
  readonly byHand: TargetByHand
  readonly secrets: TargetSecrets
  readonly faults: TargetFaults
  logs(selection: LogSelection, signal: AbortSignal): AsyncIterable<LogLine>
  /** Removes what is left when every stack has been destroyed. */
  remove(signal: AbortSignal): Promise<void>
}

export interface ClaimOptions {
  /**
   * What is taken for it: by default the region has to be in sync. `async`: it may lack turns where the environment is
   * `async`; `forced`: elsewhere too. Past another region that is in sync nobody is forced.
   */
  readonly accepts?: Register["claim"]
}

export interface RegionMoment extends NoticedMoment {
  readonly region: string
}

export interface ReserveOptions {
  readonly signal: AbortSignal
  /** Programs to look at only: what is not reserved yet may come out differently, and nothing is kept. */
  readonly dryRun: boolean
}

/** For a witness whose register was lost, or went back to an older copy. */
export interface TargetRecovery {
  /** Of every region that there is, also of one whose supervisor is dead. */
  memories(signal: AbortSignal): Promise<readonly RegionMemory[]>
  /**
   * Puts this register in place of the one that is expected (null: one that cannot be read), and has every region look
   * again that closed itself. Where the claim is forced, what is left of regions that do not answer is ended before, and
   * the lease waited out. May be repeated: what was written is not written again. Throws WITNESS_UNRECOVERABLE where the
   * register is another by then.
   */
  write(register: Register, expected: Register | null, signal: AbortSignal): Promise<void>
}

/** What a person does by hand instead, for runbooks: lines of shell that can be pasted as they are. */
export interface TargetByHand {
  /** Shows who is primary, and who is in sync. */
  register(): readonly string[]
  /** Shows what a region does. */
  region(region: string): Promise<readonly string[]>
  claim(region: string, options?: ClaimOptions): Promise<readonly string[]>
  handOver(change: { readonly from: string; readonly to: string }): Promise<readonly string[]>
}

export interface TargetKeys {
  create(request: { tenant: string; name: string; expiresInSeconds?: number }, signal: AbortSignal): Promise<CreatedKey>
  list(signal: AbortSignal): Promise<readonly KeyInfo[]>
  /** False when there is no such key. To revoke one again changes nothing and is no error. */
  revoke(id: string, signal: AbortSignal): Promise<boolean>
  /** A token that a browser exchanges once for a session of its own. */
  createToken(request: { tenant: string; lifetimeSeconds: number }, signal: AbortSignal): Promise<string>
}

export interface CreatedKey {
  readonly id: string
  /** Shown once; only its hash is kept. */
  readonly key: string
  readonly tenant: string
  readonly name: string
}

export interface KeyInfo {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

/** Kept for the environment; the next deploy hands them to the regions, of which one may be down now. */
export interface TargetSecrets {
  /** The value is never logged, shown or passed as an argument. */
  set(name: string, value: string, signal: AbortSignal): Promise<void>
  list(signal: AbortSignal): Promise<readonly { readonly name: string; readonly setAt: string }[]>
  remove(name: string, signal: AbortSignal): Promise<boolean>
}

/** Breaks parts of the environment, for drills. */
export interface TargetFaults {
  /** Every kind: true where it can be made here, or else why it cannot. */
  able(): Promise<ReadonlyMap<FaultKind, true | string>>
  /**
   * Makes the fault and resolves once it is in effect. It heals by itself `healAfter` milliseconds later, even if whoever
   * asked for it is dead. Throws FAULT_UNSUPPORTED, FAULT_ACTIVE when another one holds a region of it, REGION_UNKNOWN,
   * AGENT_UNREACHABLE. When the signal aborts, what was begun is undone.
   */
  make(fault: Fault, options: { readonly healAfter: number }, signal: AbortSignal): Promise<ActiveFault>
  /** Faults in effect now, whoever made them. */
  active(): Promise<readonly ActiveFault[]>
  /**
   * Ends it before its time. Resolves when what it broke is not held back any more, which is before it has recovered; at
   * once when it is over already.
   */
  heal(id: string, signal: AbortSignal): Promise<void>
}

export interface ActiveFault {
  readonly id: string
  readonly fault: Fault
  /** When it took effect, in milliseconds since 1970. */
  readonly madeAt: number
  readonly healsAt: number
}
