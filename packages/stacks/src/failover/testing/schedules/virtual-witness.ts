import type { Register } from "@chatops/runtime/contract"
import type { PendingWrite } from "../../protocol/supervisor.ts"
import type { Stage } from "./stage.ts"

/** As the real one's clients wait. */
const deadline = 2_000

interface Question {
  readonly region: string
  /** Nothing: it is only read. */
  readonly write?: PendingWrite
  /** Undefined when no answer came in time; what comes later is not heard, though a write may land. */
  readonly heard: (register: Register | undefined) => void
}

export class VirtualWitness {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  ask({ region, write, heard }: Question): void {
    const owner = `${region}/supervisor`
    let open = true
    const close = (register: Register | undefined) => {
      if (!open) return
      open = false
      heard(register)
    }
    this.#stage.timer(deadline, owner, () => close(undefined))
    this.#stage.network.request({
      from: region,
      to: "witness",
      owner: "witness",
      arrive: () => {
        if (write !== undefined) this.#take(write)
        const { register } = this.#stage.world
        const arrive = () => close(register)
        this.#stage.network.request({ from: "witness", to: region, owner, arrive })
      },
    })
  }

  #take({ base, next }: PendingWrite): void {
    const { register } = this.#stage.world
    const takes = register.version === base.version
    const { epoch, primary, inSync, claim } = next
    const inSyncText = inSync === null ? "nobody" : `${inSync.region}@${inSync.incarnation}`
    this.#stage.note(
      () => `witness: ${takes ? "takes" : "refuses"} epoch ${epoch}, ${primary} (${claim}), in sync ${inSyncText}`,
    )
    if (takes) this.#stage.register(next)
  }
}
