import { setTimeout as delay } from "node:timers/promises"
import type { RegionIncarnation, Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { isInSync } from "../../../failover/protocol/naming.ts"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import type { ClaimOptions } from "../../../target.ts"
import { reasonClosed } from "./reason-closed.ts"
import type { RegionSupervisor } from "./region-supervisor.ts"
import { describePhase } from "./supervisor-phase.ts"
import { type ChangeSource, untilTrue } from "./until.ts"

const askEvery = 10

interface PlaceParts {
  readonly region: string
  readonly supervisor: Pick<RegionSupervisor, "state" | "tell">
  /** Whether the region serves as what it is. */
  readonly serves: () => boolean
  /** Of these regions, those whose standby streams. */
  readonly streaming: (regions: readonly string[]) => Promise<readonly RegionIncarnation[]>
  readonly changes: ChangeSource
}

/** The primary's place, as one region may take it and leave it. */
export class PrimaryPlace {
  readonly #parts: PlaceParts
  #patience: NodeJS.Timeout | undefined
  /** Of the latest wish to leave, as long as it stands. */
  #leaving: AbortController | undefined

  constructor(parts: PlaceParts) {
    this.#parts = parts
  }

  /**
   * Asks for the place (rule 1). Resolves with the register when runtimes are let in or, under `block` and alone, when
   * only a second region is missing for that; where this one was not in sync, the former primary's lease is waited for in
   * between. Throws CLAIM_REFUSED when this region may not have it.
   */
  async claim(signal: AbortSignal, { accepts = "in-sync" }: ClaimOptions = {}): Promise<Register> {
    const { region, supervisor, changes, serves } = this.#parts
    const { at } = supervisor.state.phase
    if (!claims.has(at)) throw new ChatopsError("CLAIM_REFUSED", `${region} is ${describePhase(supervisor.state)}`)
    const guard = guardOf(region, supervisor.state)
    if (accepts === "forced" && guard !== undefined) throw new ChatopsError("CLAIM_REFUSED", guard)
    let begun = at !== "following"
    const watch = () => {
      begun ||= supervisor.state.phase.at !== "following"
    }
    changes.on("change", watch)
    supervisor.tell({ event: "claim-asked", accepts })
    const ended = () => begun && (serves() || isAtAnEnd(supervisor.state))
    await untilTrue(changes, ended, signal)
      .catch(() => {
        // Nobody waits for it any more: it must not be found granted an hour later.
        supervisor.tell({ event: "claim-withdrawn" })
        throw new ChatopsError("CLAIM_REFUSED", `${region} does not become primary: ${describePhase(supervisor.state)}`)
      })
      .finally(() => changes.off("change", watch))
    const closed = reasonClosed(region, supervisor.state)
    if (closed) throw closed
    const { phase, register } = supervisor.state
    if (phase.at === "leading" && register !== null) return register
    throw new ChatopsError("CLAIM_REFUSED", whyRefused(region, register, accepts))
  }

  /**
   * Leaves the place to that region as planned (rule 13), which is brought into sync first. Resolves when everything has
   * ended and the other may claim; for `patience` milliseconds this region waits for that, and then serves again.
   * Throws HANDOVER_REFUSED, and serves again, when it cannot be done before the signal aborts.
   */
  async leaveTo(to: string, patience: number, given: AbortSignal): Promise<void> {
    const { region, supervisor } = this.#parts
    this.takeBack()
    const leaving = new AbortController()
    this.#leaving = leaving
    const signal = AbortSignal.any([given, leaving.signal])
    let obstacle: string | undefined
    while (supervisor.state.phase.at !== "yielded" || signal.aborted) {
      if (signal.aborted || !isLeaving(supervisor.state)) {
        if (this.#leaving === leaving) this.takeBack()
        const why = obstacle ?? describePhase(supervisor.state)
        throw new ChatopsError("HANDOVER_REFUSED", `${region} cannot leave the primary's place to ${to} now: ${why}`)
      }
      obstacle = await this.#goOn(to, signal)
      await delay(askEvery)
    }
    this.#patience = setTimeout(() => this.takeBack(), patience)
  }

  /** Somebody is brought into sync for it, or is to claim. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined
  }

  /** Nobody takes the place that was left: this region serves again. Without effect when somebody did. */
  takeBack(): void {
    clearTimeout(this.#patience)
    this.#leaving?.abort(new Error("it was called off"))
    this.#leaving = undefined
    this.#parts.supervisor.tell({ event: "taken-back" })
  }

  /** Asks for what is next, as often as it takes: what comes at a bad time is not heard. Returns what is in the way. */
  async #goOn(to: string, signal: AbortSignal): Promise<string | undefined> {
    const { supervisor, streaming } = this.#parts
    if (supervisor.state.phase.at !== "leading") return undefined
    const [standby] = await streaming([to]).catch(() => [])
    const { register } = supervisor.state
    if (standby === undefined) return `${to} does not follow it`
    if (signal.aborted || register === null) return undefined
    const synced = isInSync(register, standby)
    supervisor.tell(synced ? { event: "yield-asked", to: standby } : { event: "swap-asked", standby })
    return synced ? undefined : `${to} could not be brought into sync`
  }
}

const isLeaving = ({ phase }: Supervisor): boolean =>
  phase.at === "yielding" || phase.at === "yielded" || (phase.at === "leading" && phase.door === "open")

/** Closed for good, or primary and closed until a region is in sync. */
const isAtAnEnd = ({ phase, task }: Supervisor): boolean =>
  phase.at === "closed" || (phase.at === "leading" && phase.door === "shut" && phase.change === null && task === null)

/** Phases in which a region can take the place, or is at it already. */
const claims: ReadonlySet<Supervisor["phase"]["at"]> = new Set([
  "following",
  "claiming",
  "waiting-out",
  "promoting",
  "leading",
])

/**
 * Another region that is in sync confirms what the primary acknowledges, and no lease ends that: whoever forced its way
 * past it would lose turns for as long as those two do not hear of it.
 */
function guardOf(region: string, { register }: Supervisor): string | undefined {
  const holder = register?.inSync?.region
  if (holder === undefined || holder === region || register?.primary === region) return undefined
  return `${holder} is in sync at epoch ${register?.epoch}, and holds what ${region} may lack: it can take over instead`
}

function whyRefused(region: string, register: Register | null, accepts: Register["claim"]): string {
  if (register === null) return "the witness has not been heard"
  if (register.inSync?.region === region)
    return `${register.primary} wrote to the register at the same moment; ask again`
  const mayLack = accepts !== "in-sync" && register.inSync === null
  if (mayLack && register.lease === null)
    return `the register keeps no lease after which ${register.primary} surely acknowledges nothing: only a region in sync may take over`
  const holder = register.inSync === null ? "no region is" : `${register.inSync.region} is`
  return `${holder} in sync at epoch ${register.epoch}: ${region} may lack turns that were acknowledged`
}
