import type { Register } from "@chatops/runtime/contract"
import { isSameReign } from "../../lease.ts"
import { needsLease } from "../../protocol/leading.ts"
import type { Supervisor } from "../../protocol/supervisor.ts"
import type { Stage } from "./stage.ts"
import type { VirtualPostgres } from "./virtual-postgres.ts"

/** As in the agent's `lease-keeper.ts`, which does the same with real timers. */
const settlingFor = 500
const settlingPause = 10
const checkEvery = 50
const renewals = 16

interface KeeperParts {
  /** Reads the register, and tells the supervisor of it. */
  readonly read: (heard: (register: Register | undefined) => void) => void
  readonly onEnded: () => void
}

/** Keeps the lease of a primary that acknowledges what nobody confirms, in virtual time. */
export class VirtualLeaseKeeper {
  readonly #stage: Stage
  readonly #database: VirtualPostgres
  readonly #parts: KeeperParts
  #life: object | undefined

  constructor(stage: Stage, database: VirtualPostgres, parts: KeeperParts) {
    this.#stage = stage
    this.#database = database
    this.#parts = parts
  }

  /** To be told of every change. */
  notice(state: Supervisor): void {
    const lease = needsLease(state) ? state.register?.lease : null
    if (lease === undefined || lease === null) this.stop()
    else if (this.#life === undefined) {
      this.#life = {}
      this.#keep(state.register, lease, this.#life)
    }
  }

  stop(): void {
    this.#life = undefined
  }

  #keep(named: Register | null, lease: number, life: object): void {
    const { region } = this.#database
    const owner = `${region}/supervisor`
    const now = () => this.#stage.clock(region)
    const began = now()
    let askedAt = began
    const whileKept = (work: () => void) => () => (this.#life === life ? work() : undefined)
    const watch = () => {
      if (now() - askedAt > lease) this.#parts.onEnded()
      else this.#stage.timer(checkEvery, owner, whileKept(watch))
    }
    const pause = () => {
      const settling = now() - began < settlingFor
      this.#stage.timer(settling ? settlingPause : lease / renewals, owner, whileKept(ask))
    }
    const ask = () => {
      const asked = now()
      this.#parts.read(register => {
        if (this.#life !== life) return
        if (register === undefined || !isSameReign(register, named)) return pause()
        askedAt = asked
        this.#count(whileKept(pause))
      })
    }
    this.#stage.timer(checkEvery, owner, whileKept(watch))
    ask()
  }

  /** One after the other: the next question is asked when this one's answer was counted. */
  #count(counted: () => void): void {
    const { region, owner } = this.#database
    this.#stage.network.send({
      from: region,
      to: region,
      owner,
      arrive: () => {
        this.#database.renew()
        this.#stage.network.send({ from: region, to: region, owner: `${region}/supervisor`, arrive: counted })
      },
    })
  }
}
