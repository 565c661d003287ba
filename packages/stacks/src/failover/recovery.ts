import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../errors/chatops-error.ts"
import type { LocalData } from "./start-decision.ts"

/** What a region has on its own disk of what it was and saw. */
export interface RegionMemory {
  readonly region: string
  /** The highest epoch and version that it was ever shown; null: nothing can be read. */
  readonly seen: { readonly epoch: number; readonly version: number } | null
  readonly data: LocalData
  /** The last epoch in which it was about to let runtimes in with these very data; null: none. */
  readonly led: number | null
  /** Why what is on its disk cannot be read; null: it can. */
  readonly problem: string | null
}

export interface RecoveryWish {
  /** Absent: whoever was primary last. */
  readonly to?: string | undefined
  /** Though nobody can say whether turns are lost. */
  readonly force?: boolean | undefined
}

export interface RecoveryInput {
  /** As the witness has it now; null: it cannot be read. */
  readonly register: Register | null
  readonly memories: readonly RegionMemory[]
  /** What the environment promises: an older register may promise less. */
  readonly promise: Pick<Register, "durability" | "onLoss" | "lease">
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
 * Whoever claims remembers it before it does anything, and whoever is about to let runtimes in notes the epoch in its data:
 * where the highest epoch that anybody has seen is one that a region's data have led, that region holds everything.
 * Undefined where the register is as new as anybody remembers, unless another region is wanted by force: that is for when
 * the primary and the region in sync with it are both gone for good. Throws WITNESS_UNRECOVERABLE.
 */
export function recoveredRegister(input: RecoveryInput, wish: RecoveryWish, nonce: string): Recovery | undefined {
  const { register, memories, promise } = input
  const { to, force = false } = wish
  const known = memories.flatMap(({ seen }) => seen ?? [])
  const epoch = Math.max(0, register?.epoch ?? 0, ...known.map(seen => seen.epoch))
  const version = Math.max(0, register?.version ?? 0, ...known.map(seen => seen.version))
  const wentBack = register === null || register.epoch < epoch || register.version < version
  if (!wentBack && !(force && to !== undefined && to !== register.primary)) return undefined
  const last = lastPrimary(memories)
  const chosen = to === undefined ? last : memories.find(({ region }) => region === to)
  if (chosen === undefined || chosen.data.kind === "none")
    throw new ChatopsError("WITNESS_UNRECOVERABLE", `${to ?? "no region"} has data of a primary on its disk`)
  const doubt = doubtOf(input, chosen, epoch)
  if (doubt !== null && !force) throw new ChatopsError("WITNESS_UNRECOVERABLE", doubt)
  const { durability, onLoss, lease } = wentBack ? promise : register
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

const lastPrimary = (memories: readonly RegionMemory[]): RegionMemory | undefined =>
  memories.filter(({ led }) => led !== null).toSorted((one, other) => (other.led ?? 0) - (one.led ?? 0))[0]

function doubtOf({ register, memories }: RecoveryInput, chosen: RegionMemory, epoch: number): string | null {
  const lost = `what it acknowledged and ${chosen.region} lacks would be lost`
  const mute = memories.filter(({ seen, problem }) => seen === null || problem !== null)
  if (mute.length > 0) {
    const why = mute.map(({ region, problem }) => `${region}: ${problem ?? "nothing is there"}`).join("; ")
    return `not every region's memory can be read (${why}): one of them may have been primary last, and ${lost}`
  }
  const last = lastPrimary(memories)
  if (last === undefined || last.region !== chosen.region)
    return `${last?.region ?? "another"} was primary last: ${lost}`
  if (chosen.led !== epoch) return `a region has seen epoch ${epoch}, and no region's data have led it: ${lost}`
  const old = register === null ? undefined : memories.find(({ region }) => region === register.primary)
  if (old !== undefined && old.region !== chosen.region && old.data.kind === "primary")
    return `${old.region}, whom the older register names, may have served again under it: ${lost}`
  return null
}
