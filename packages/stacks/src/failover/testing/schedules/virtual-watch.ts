import type { RegionIncarnation } from "@chatops/runtime/contract"
import { isPromised, towardsPolicy } from "../../protocol/policy.ts"
import type { Policy } from "../../protocol/supervisor.ts"
import { canStream } from "../model/postgres-moves.ts"
import { databaseOf } from "../model/world.ts"
import type { Stage } from "./stage.ts"
import type { VirtualSupervisor } from "./virtual-supervisor.ts"

/** In milliseconds, as in the agent's `region-supervisor.ts` and `database-tasks.ts`. */
const watchEvery = 100
const lossAfter = 1_000
/** Of a standby that owes nothing. */
const silentAfter = 2_000

/** What a region's supervisor sees of its own database now and then, and of those that stream from it. */
export class VirtualWatch {
  readonly #stage: Stage
  readonly #supervisor: VirtualSupervisor
  readonly #heard = new Map<string, number>()
  /** What people want promised, until it is. */
  wanted: Policy | undefined
  /** The place is about to be left: somebody is brought into sync for that. */
  isLeaving = false
  #lastWell = 0
  #ownAskedAt = 0
  #swapTried = false

  constructor(stage: Stage, supervisor: VirtualSupervisor) {
    this.#stage = stage
    this.#supervisor = supervisor
  }

  start(): void {
    this.#lastWell = this.#now
    this.#look()
  }

  get #now(): number {
    return this.#stage.clock(this.#supervisor.region)
  }

  #look(): void {
    this.#stage.timer(watchEvery, this.#supervisor.owner, () => this.#look())
    this.#watchPolicy()
    this.#watchStandbys()
    this.#watchOwn()
  }

  #watchPolicy(): void {
    const { phase, register } = this.#supervisor.state
    if (this.wanted === undefined || register === null) return
    if (phase.at === "following") this.wanted = undefined
    if (phase.at !== "leading" || this.wanted === undefined) return
    if (towardsPolicy(register, this.wanted) !== undefined)
      this.#supervisor.tell({ event: "policy-wanted", policy: this.wanted })
    else if (isPromised(register, this.wanted)) this.wanted = undefined
  }

  #watchStandbys(): void {
    const { phase, register, task } = this.#supervisor.state
    if (phase.at !== "leading" || phase.door === "starting") return
    const own = `${this.#supervisor.region}/postgres`
    if (this.#stage.timeline.isFrozen(own)) return
    if (register?.durability === "async" && register.inSync !== null && !this.isLeaving)
      this.#supervisor.tell({ event: "policy-wanted", policy: register })
    const streams = this.#streaming()
    const inSync = register?.inSync ?? null
    const wanted = phase.change?.change === "join" ? phase.change.joiner : inSync
    if (
      wanted === null ||
      streams.some(({ region, incarnation }) => region === wanted.region && incarnation === wanted.incarnation)
    )
      this.#lastWell = this.#now
    else if (this.#now - this.#lastWell > lossAfter) this.#lose(streams)
    const [candidate] = streams
    if (inSync === null && phase.change === null && task === null && candidate)
      this.#supervisor.tell({ event: "standby-streams", standby: candidate })
  }

  #lose([other]: readonly RegionIncarnation[]): void {
    const { phase } = this.#supervisor.state
    const isFree = phase.at === "leading" && phase.change === null
    this.#swapTried = isFree && other !== undefined && !this.#swapTried
    this.#supervisor.tell(
      this.#swapTried && other ? { event: "standby-streams", standby: other } : { event: "standby-lost" },
    )
  }

  /** Those whose standby has said so lately. */
  #streaming(): RegionIncarnation[] {
    const { region } = this.#supervisor
    const { world, timeline, network } = this.#stage
    return Object.entries(databaseOf(world, region).senders).flatMap(([standby, { incarnation, stopped }]) => {
      const speaks = !stopped && !timeline.isFrozen(`${standby}/postgres`) && !network.isCut(region, standby)
      if (speaks && canStream(databaseOf(world, region), databaseOf(world, standby), region))
        this.#heard.set(incarnation, this.#now)
      const silence = this.#now - (this.#heard.get(incarnation) ?? Number.NEGATIVE_INFINITY)
      return silence < silentAfter ? [{ region: standby, incarnation }] : []
    })
  }

  /** A standby that does not stream for long may be one that never will. */
  #watchOwn(): void {
    const { region, state } = this.#supervisor
    if (state.phase.at !== "following" || this.#now - this.#ownAskedAt < lossAfter) return
    this.#ownAskedAt = this.#now
    const { world, network, timeline } = this.#stage
    const own = databaseOf(world, region)
    if (own.upstream === null || network.isCut(region, own.upstream)) return
    if (timeline.isFrozen(`${own.upstream}/postgres`)) return
    const upstream = databaseOf(world, own.upstream)
    if (own.up && upstream.up && upstream.kind === "primary" && !upstream.log.startsWith(own.log))
      this.#supervisor.tell({ event: "unusable" })
  }
}
