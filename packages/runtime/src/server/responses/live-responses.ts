import type { LiveResponse } from "./live-response.ts"

/** The stored responses that this replica is streaming, by id: those whose clients may come back. */
export class LiveResponses {
  readonly #responses = new Map<string, LiveResponse>()

  add(id: string, response: LiveResponse): void {
    this.#responses.set(id, response)
  }

  remove(id: string): void {
    this.#responses.delete(id)
  }

  /** Undefined when there is none, or when it is another tenant's. */
  find(tenant: string, id: string): LiveResponse | undefined {
    const response = this.#responses.get(id)
    return response?.started && response.belongsTo(tenant) ? response : undefined
  }

  /** Gives all of them up. */
  close(): void {
    for (const response of this.#responses.values()) response.forsake("The replica stops.")
  }
}
