import type * as z from "zod"
import type { Fault, FaultKind } from "../../../drill/fault.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { EnvironmentDirectories } from "../../../state/state-directory.ts"

type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>

/** What making a fault is given by whoever holds it. */
export interface Making<Broken> {
  readonly directories: EnvironmentDirectories
  /** Keeps on disk what healing takes: before anything is broken, and again before there is more of it. */
  record(broken: Broken): Promise<void>
  /** Called before the first thing is broken: from then on users may feel it. */
  breaks(): void
  /** Registers what stands only as long as the holder does, and is to be let go when the fault heals. */
  holding(release: () => Promise<void>): void
  readonly signal: AbortSignal
}

/** One kind of fault on this machine. What it broke is data, so that somebody else can heal it. */
interface LocalFaultParts<Kind extends FaultKind, Broken> {
  readonly broken: z.ZodType<Broken>
  /** Why it cannot be made in this environment; undefined when it can. */
  hindrance?(environment: FaultEnvironment): Promise<string | undefined>
  /** Resolves when it is in effect. Throws FAULT_UNSUPPORTED when there is nothing to break. */
  make(fault: FaultOf<Kind>, making: Making<Broken>): Promise<void>
  /** Undoes it. May be repeated, and may find nothing left of what was broken. */
  heal?(broken: Broken, signal: AbortSignal): Promise<void>
}

/** As much of an environment as says which faults it can have. */
export interface FaultEnvironment {
  readonly directories: EnvironmentDirectories
  readonly regions: readonly string[]
}

export interface LocalFault<Kind extends FaultKind = FaultKind> {
  hindrance(environment: FaultEnvironment): Promise<string | undefined>
  make(fault: FaultOf<Kind>, making: Making<unknown>): Promise<void>
  /** `broken` is what was recorded last; undefined when nothing was, and so nothing broken. */
  heal(broken: unknown, signal: AbortSignal): Promise<void>
}

export function localFault<Kind extends FaultKind, Broken>(parts: LocalFaultParts<Kind, Broken>): LocalFault<Kind> {
  return {
    hindrance: async environment => parts.hindrance?.(environment),
    make: (fault, making) => parts.make(fault, making),
    heal: async (broken, signal) => {
      if (broken !== undefined) await parts.heal?.(parts.broken.parse(broken), signal)
    },
  }
}

export const unsupported = (message: string): ChatopsError => new ChatopsError("FAULT_UNSUPPORTED", message)
