import { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { readIfExists, writeDurably } from "../../../process/durable-file.ts"

export type WriteResult = { readonly written: true } | { readonly written: false; readonly current: Register }

/** The register in a file, changed by compare-and-set and on disk before it answers. */
export class RegisterStore {
  readonly #file: string
  #current: Register
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(file: string, current: Register) {
    this.#file = file
    this.#current = current
  }

  /** Throws WITNESS_UNREADABLE rather than beginning anew: an epoch that goes back loses turns. */
  static async open(file: string, initial: Register): Promise<RegisterStore> {
    const content = await readIfExists(file)
    if (content === undefined) {
      await writeDurably(file, JSON.stringify(initial))
      return new RegisterStore(file, initial)
    }
    const parsed = Register.safeParse(parseJson(content))
    if (!parsed.success) throw new ChatopsError("WITNESS_UNREADABLE", `the register ${file} cannot be read`)
    return new RegisterStore(file, parsed.data)
  }

  read(): Register {
    return this.#current
  }

  /** Writes `next` if the register still has `baseVersion`; `next.version` must be the one after it. */
  write(baseVersion: number, next: Register): Promise<WriteResult> {
    const attempt = this.#queue.then(async (): Promise<WriteResult> => {
      const current = this.#current
      if (current.version !== baseVersion || next.version !== baseVersion + 1 || next.epoch < current.epoch) {
        return { written: false, current }
      }
      await writeDurably(this.#file, JSON.stringify(next))
      this.#current = next
      return { written: true }
    })
    this.#queue = attempt.catch(() => undefined)
    return attempt
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
