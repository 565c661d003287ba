import { isDeepStrictEqual } from "node:util"
import type { Policy } from "../../../failover/protocol/supervisor.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

interface Given {
  readonly policy: Policy
  /** Not carried out yet. */
  readonly pending: boolean
}

/**
 * What people want the register to promise: told once, to the region that is primary when they say it. A specification
 * that lies on a standby's disk since then is older than the register, and must not be told when that one takes over.
 */
export class PolicyWish {
  readonly #file: string
  #given: Given | undefined

  private constructor(file: string, given: Given | undefined) {
    this.#file = file
    this.#given = given
  }

  static async open(file: string): Promise<PolicyWish> {
    const content = await readIfExists(file)
    return new PolicyWish(file, content === undefined ? undefined : (JSON.parse(content) as Given))
  }

  /** To be told to the witness as soon as this region is primary. */
  get pending(): Policy | undefined {
    return this.#given?.pending === true ? this.#given.policy : undefined
  }

  /** The specification as it is now. What was there before is no news, whatever has happened to the register since. */
  async give(policy: Policy): Promise<void> {
    if (!isDeepStrictEqual(this.#given?.policy, policy)) await this.#keep({ policy, pending: true })
  }

  /** It is true now, or this region is a standby and has no say in it. */
  async settle(): Promise<void> {
    if (this.#given?.pending === true) await this.#keep({ ...this.#given, pending: false })
  }

  async #keep(given: Given): Promise<void> {
    this.#given = given
    await writeDurably(this.#file, JSON.stringify(given))
  }
}
