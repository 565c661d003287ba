import type { OperationEvent } from "../operations/operation-event.ts"
import { duration } from "./duration.ts"
import type { Progress } from "./progress.ts"

/** One line for every thing that happens: for pipelines and files. */
export class PlainProgress implements Progress {
  readonly #print: (line: string) => void
  readonly #last = new Map<string, string>()

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  listen(event: OperationEvent): void {
    if (event.type === "begun")
      this.#print(`${event.resumed ? "resuming" : "running"} ${event.kind} of ${event.environment} (${event.id})`)
    if (event.type === "step-progress" && event.part !== "answer") this.note(event.part, event.text)
    if (event.type === "step-failed") this.#print(`✖ ${event.step} failed after ${duration(event.durationMs)}`)
    if (event.type !== "step-finished") return
    this.#print(`✔ ${event.step.padEnd(9)} ${duration(event.durationMs).padStart(6)}  ${event.summary}`.trimEnd())
    for (const line of event.details) this.#print(`    ${line}`)
  }

  note(part: string, text: string): void {
    if (this.#last.get(part) === text) return
    this.#last.set(part, text)
    this.#print(`  ${part}: ${text}`)
  }

  async idle(): Promise<void> {}
}
