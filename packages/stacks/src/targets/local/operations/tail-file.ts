import { watch } from "node:fs"
import { type FileHandle, open, stat } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { StringDecoder } from "node:string_decoder"

export interface Tail {
  /** Complete lines from the end of the file. */
  readonly lines: readonly string[]
  /** Lines written from then on, until the signal aborts. */
  follow(signal: AbortSignal): AsyncIterable<string>
  /** Needed only when nobody follows. */
  close(): Promise<void>
}

const longestTail = 4 * 1024 * 1024

/** Last lines of a file that another process appends to, and that is sometimes emptied or made anew. */
export async function tailFile(file: string, count: number): Promise<Tail> {
  const reader = new LineReader(file)
  const lines = await reader.read(longestTail)
  return {
    lines: count === 0 ? [] : lines.slice(-count),
    follow: signal => followFile(reader, signal),
    close: () => reader.close(),
  }
}

async function* followFile(reader: LineReader, signal: AbortSignal): AsyncIterable<string> {
  let wake = () => {}
  let changed = true
  // The directory is watched, because a watched file that is removed never shows its successor.
  const watcher = watch(dirname(reader.file), (_event, name) => {
    if (name !== null && name !== basename(reader.file)) return
    changed = true
    wake()
  })
  watcher.on("error", () => undefined)
  const stop = () => wake()
  signal.addEventListener("abort", stop)
  try {
    while (!signal.aborted) {
      if (!changed) await new Promise<void>(resolve => (wake = resolve))
      changed = false
      yield* await reader.read()
    }
  } finally {
    signal.removeEventListener("abort", stop)
    watcher.close()
    await reader.close()
  }
}

/** Reads a growing file by lines. What has no newline yet is kept until it has; bytes of a character, until it is whole. */
class LineReader {
  readonly file: string
  /** Kept open between reads, for the number of a removed file goes to the next one as soon as nobody has it open. */
  #handle: FileHandle | undefined
  #inode: number | undefined
  #position = 0
  #rest = ""
  #decoder = new StringDecoder("utf8")

  constructor(file: string) {
    this.file = file
  }

  /** Lines finished since the last call; of more than `most` bytes, only the end. */
  async read(most = Number.POSITIVE_INFINITY): Promise<string[]> {
    const found = await stat(this.file).catch(() => undefined)
    if (!found) return []
    if (found.ino !== this.#inode || found.size < this.#position) await this.#restart(found.ino)
    const skipped = found.size - this.#position > most
    if (skipped) this.#position = found.size - most
    const lines = (this.#rest + this.#decoder.write(await this.#bytes(found.size))).split("\n")
    this.#rest = lines.pop() ?? ""
    return skipped ? lines.slice(1) : lines
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #bytes(end: number): Promise<Buffer> {
    if (end <= this.#position) return Buffer.alloc(0)
    this.#handle ??= await open(this.file, "r")
    const length = end - this.#position
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(length), 0, length, this.#position)
    this.#position += bytesRead
    return buffer.subarray(0, bytesRead)
  }

  async #restart(inode: number): Promise<void> {
    await this.close()
    this.#inode = inode
    this.#position = 0
    this.#rest = ""
    this.#decoder = new StringDecoder("utf8")
  }
}
