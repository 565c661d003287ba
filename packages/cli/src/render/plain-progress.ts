import type { OperationEvent } from "../operations/operation-event.ts"
import { duration } from "./duration.ts"
import type { Progress } from "./progress.ts"

/** Between two lines that differ in their numbers alone, in milliseconds. */
const countInterval = 10_000
const withoutNumbers = (text: string): string => text.replaceAll(/\d+/g, "#")

/** One line for every thing that happens: for pipelines and files. A text that grows is written as it comes. */
export class PlainProgress implements Progress {
  readonly #write: (text: string) => void
  readonly #now: () => number
  readonly #last = new Map<string, { readonly text: string; readonly at: number }>()
  /** The part whose text is being written on a line that has not ended. */
  #open: string | undefined

  constructor(write: (text: string) => void, now = () => performance.now()) {
    this.#write = write
    this.#now = now
  }

  listen(event: OperationEvent): void {
    switch (event.type) {
      case "begun":
        this.#line(`${event.resumed ? "resuming" : "running"} ${event.kind} of ${event.environment} (${event.id})`)
        break
      case "step-progress":
        this.note(event.part, event.text)
        break
      case "step-text":
        this.#stream(event.part, event.text)
        break
      case "step-failed":
        this.#line(`✖ ${event.step} failed after ${duration(event.durationMs)}`)
        break
      case "step-finished":
        this.#line(`✔ ${event.step.padEnd(9)} ${duration(event.durationMs).padStart(6)}  ${event.summary}`.trimEnd())
        for (const line of event.details) this.#line(`    ${line}`)
        break
    }
  }

  note(part: string, text: string): void {
    const last = this.#last.get(part)
    const at = this.#now()
    const counts = last !== undefined && withoutNumbers(last.text) === withoutNumbers(text)
    if (last?.text === text || (counts && at - last.at < countInterval)) return
    this.#last.set(part, { text, at })
    this.#line(`  ${part}: ${text}`)
  }

  async idle(): Promise<void> {
    this.#endLine()
  }

  #stream(part: string, piece: string): void {
    if (this.#open !== part) {
      this.#endLine()
      this.#write(`  ${part}: `)
      this.#open = part
    }
    this.#write(piece.replaceAll("\n", "\n    "))
  }

  #line(text: string): void {
    this.#endLine()
    this.#write(`${text}\n`)
  }

  #endLine(): void {
    if (this.#open !== undefined) this.#write("\n")
    this.#open = undefined
  }
}
