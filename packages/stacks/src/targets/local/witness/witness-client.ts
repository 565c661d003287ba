import { readFileSync } from "node:fs"
import { Register } from "@chatops/runtime/contract"
import { request } from "undici"
import type { PendingWrite } from "../../../failover/protocol/supervisor.ts"
import type { Witness } from "../../../failover/witness.ts"

const deadline = 2_000

/** The witness over HTTP, through this region's own link to it. */
export class WitnessClient implements Witness {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, tokenFile: string) {
    this.#url = `${url}/register`
    this.#headers = { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` }
  }

  async read(signal?: AbortSignal): Promise<Register | undefined> {
    try {
      const { statusCode, body } = await request(this.#url, { headers: this.#headers, signal: bounded(signal) })
      const content = await body.json()
      return statusCode === 200 ? Register.parse(content) : undefined
    } catch {
      return undefined
    }
  }

  settle(write: PendingWrite, signal?: AbortSignal): Promise<Register | undefined> {
    return this.#put(write, signal).catch(() => undefined)
  }

  /** What is in the register afterwards; a refusal shows what is there. Throws when there is no such answer. */
  async #put({ base, next }: PendingWrite, signal: AbortSignal | undefined): Promise<Register> {
    const { statusCode, body } = await request(this.#url, {
      method: "PUT",
      headers: { ...this.#headers, "if-match": String(base.version), "content-type": "application/json" },
      body: JSON.stringify(next),
      signal: bounded(signal),
    })
    const content = await body.json()
    if (statusCode !== 200 && statusCode !== 412) throw new Error(`the witness answered ${statusCode}`)
    return Register.parse(content)
  }
}

function bounded(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(deadline)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}
