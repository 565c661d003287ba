import { watch } from "node:fs"
import { open, type FileHandle } from "node:fs/promises"

export interface Tail {
  /** Complete lines from the end of the file. */
  readonly lines: readonly string[]
  /** Lines written from then on, until the signal aborts. */
  follow(signal: AbortSignal): AsyncIterable<string>
}

const longestTail = 4 * 1024 * 1024

/** Last lines of a file that another process appends to, and sometimes empties. */
export async function tailFile(file: string, count: number): Promise<Tail> {
  const handle = await open(file, "r")
  const { size } = await handle.stat()
  const start = Math.max(0, size - longestTail)
  const text = await read(handle, start, size)
  const lines = text.split("\n")
  const rest = lines.pop() ?? ""
  return { lines: count === 0 ? [] : lines.slice(-count), follow: signal => followFile(file, handle, size, rest, signal) }
}

async function* followFile(file: string, handle: FileHandle, from: number, begun: string, signal: AbortSignal): AsyncIterable<string> {
  let [position, rest] = [from, begun]
  let wake = () => {}
  let changed = true
  const watcher = watch(file, () => {
    changed = true
    wake()
  })
  signal.addEventListener("abort", () => wake(), { once: true })
  try {
    while (!signal.aborted) {
      if (!changed) await new Promise<void>(resolve => (wake = resolve))
      changed = false
      const { size } = await handle.stat()
      if (size < position) [position, rest] = [0, ""]
      const lines = (rest + (await read(handle, position, size))).split("\n")
      position = size
      rest = lines.pop() ?? ""
      yield* lines
    }
  } finally {
    watcher.close()
    await handle.close()
  }
}

async function read(handle: FileHandle, from: number, to: number): Promise<string> {
  if (to <= from) return ""
  const buffer = Buffer.alloc(to - from)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
  return buffer.toString("utf8", 0, bytesRead)
}
