import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { Register } from "@chatops/runtime/contract"
import { request } from "undici"
import type { Witness, WitnessWrite } from "../../../failover/witness.ts"

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

  async write(base: Register, change: Partial<Register>, signal?: AbortSignal): Promise<WitnessWrite> {
    const next: Register = { ...base, ...change, version: base.version + 1, nonce: randomUUID() }
    try {
      const { statusCode, body } = await request(this.#url, {
        method: "PUT",
        headers: { ...this.#headers, "if-match": String(base.version), "content-type": "application/json" },
        body: JSON.stringify(next),
        signal: bounded(signal),
      })
      const content = await body.json()
      if (statusCode === 200) return { outcome: "written", register: next }
      if (statusCode === 412) return { outcome: "lost", register: Register.parse(content) }
      return { outcome: "unknown", reason: `the witness answered ${statusCode}` }
    } catch (error) {
      return { outcome: "unknown", reason: (error as Error).message }
    }
  }
}

function bounded(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(deadline)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}
