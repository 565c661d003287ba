import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../errors/chatops-error.ts"
import type { LocalData } from "./start-decision.ts"

/** What a region has on its own disk of what it was and saw. */
export interface RegionMemory {
  readonly region: string
  /** The highest epoch and version that it was ever shown; null: nothing can be read. */
  readonly seen: { readonly epoch: number; readonly version: number } | null
  readonly data: LocalData
  /** The last epoch in which it let runtimes in with these very data; null: none. */
  readonly led: number | null
}

export interface RecoveryWish {
  /** Absent: whoever was primary last. */
  readonly to?: string | undefined
  /** Though nobody can say whether turns are lost. */
  readonly force?: boolean | undefined
}

export interface Recovery {
  readonly register: Register
  /** Why turns may be lost; null: none are. */
  readonly doubt: string | null
  /** The register is older than what somebody remembers, or cannot be read. Otherwise somebody gives up who it names. */
  readonly wentBack: boolean
}

/**
 * What the witness is to say where its register was lost, or went back to an older copy (rule 8): whoever was primary last
 * is, under an epoch and a version that nobody has seen, and nobody is in sync until it has been made sure of anew.
 * Whoever claims remembers it before it does anything, so that with every region's memory the last epoch is known.
 * Undefined where the register is as new as anybody remembers, unless another region is wanted by force: that is for when
 * the primary and the region in sync with it are both gone for good. Throws WITNESS_UNRECOVERABLE.
 *
 * @param register as the witness has it now; null: it cannot be read
 * @param promise what the environment promises, where no register says it
 */
export function recoveredRegister(
  { register, memories, promise }: RecoveryInput,
  { to, force = false }: RecoveryWish,
  nonce: string,
): Recovery | undefined {
  const known = memories.flatMap(({ seen }) => seen ?? [])
  const epoch = Math.max(0, register?.epoch ?? 0, ...known.map(seen => seen.epoch))
  const version = Math.max(0, register?.version ?? 0, ...known.map(seen => seen.version))
  const wentBack = register === null || register.epoch < epoch || register.version < version
  if (!wentBack && !(force && to !== undefined && to !== register.primary)) return undefined
  const last = memories.toSorted((one, other) => (other.led ?? 0) - (one.led ?? 0))[0]
  const chosen = to === undefined ? last : memories.find(({ region }) => region === to)
  if (chosen === undefined || chosen.data.kind === "none" || (to === undefined && chosen.led === null))
    throw new ChatopsError("WITNESS_UNRECOVERABLE", `${to ?? "no region"} has data of a primary on its disk`)
  const doubt = doubtOf(memories, chosen, last)
  if (doubt !== null && !force) throw new ChatopsError("WITNESS_UNRECOVERABLE", doubt)
  const { durability, onLoss, lease } = register ?? promise
  return {
    doubt,
    wentBack,
    register: {
      epoch: epoch + 1,
      primary: chosen.region,
      incarnation: chosen.data.incarnation,
      inSync: null,
      ...{ durability, onLoss, lease },
      claim: doubt === null ? "in-sync" : "forced",
      version: version + 1,
      nonce,
    },
  }
}

export interface RecoveryInput {
  readonly register: Register | null
  readonly memories: readonly RegionMemory[]
  readonly promise: Pick<Register, "durability" | "onLoss" | "lease">
}

function doubtOf(
  memories: readonly RegionMemory[],
  chosen: RegionMemory,
  last: RegionMemory | undefined,
): string | null {
  const mute = memories.filter(({ seen }) => seen === null).map(({ region }) => region)
  if (mute.length > 0)
    return `${mute.join(", ")} remembers nothing that can be read: it may have been primary after ${chosen.region}, and what it acknowledged then would be lost`
  if (chosen.region !== last?.region || chosen.led === null)
    return `${last?.region ?? "another region"} was primary last: what it acknowledged and ${chosen.region} lacks would be lost`
  return null
}
