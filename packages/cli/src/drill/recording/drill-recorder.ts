import { type FileHandle, open } from "node:fs/promises"
import { dirname } from "node:path"
import { syncDirectory } from "@chatops/stacks"
import type { DrillEvent } from "@chatops/stacks/drill"

/** Longest time for which events are kept in memory only, in milliseconds; a crash loses no more. */
const longestHold = 100

/**
 * Writes a drill's events as lines of JSON, many at a time, so that recording takes nothing from who is recorded.
 * What cannot be written is thrown by the next `record`, and by `close`.
 */
export class DrillRecorder {
  readonly #file: FileHandle
  readonly #directory: string
  #lines: string[] = []
  #timer: NodeJS.Timeout | undefined
  /** Writes follow one another. */
  #written: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  private constructor(file: FileHandle, directory: string) {
    this.#file = file
    this.#directory = directory
  }

  /** The file must not exist; its directory must. Throws what the file system says. */
  static async create(path: string): Promise<DrillRecorder> {
    return new DrillRecorder(await open(path, "wx", 0o600), dirname(path))
  }

  /** To be handed on as it is. */
  readonly record = (event: DrillEvent): void => {
    if (this.#failure) throw this.#failure.error
    this.#lines.push(JSON.stringify(event))
    this.#timer ??= setTimeout(() => this.#flush(), longestHold)
  }

  /** Resolves when everything is on the disk for good. Nothing may be recorded afterwards. */
  async close(): Promise<void> {
    try {
      await this.#flush()
      await this.#file.sync()
      await syncDirectory(this.#directory)
    } finally {
      await this.#file.close()
    }
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length > 0) {
      const text = `${this.#lines.join("\n")}\n`
      this.#lines = []
      this.#written = this.#written.then(() => this.#file.appendFile(text))
      this.#written.catch(error => {
        this.#failure ??= { error }
      })
    }
    return this.#written
  }
}
