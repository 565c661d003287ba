import { gunzipSync, gzipSync } from "node:zlib"
import { DrillEvent } from "@chatops/stacks/drill"
import type { DrillRecord } from "./drill-record.ts"
import { sha256 } from "./sha256.ts"

/** Compressed in the same way on every system: no name, no time, and an unknown file system in the header. */
export function packEvents(lines: Buffer): Buffer {
  const packed = gzipSync(lines, { level: 6 })
  packed[9] = 255
  return packed
}

/**
 * The events of a record, out of its compressed file.
 * @throws {Error} saying what is wrong with them; never makes more of the file than the record says that there is
 */
export function unpackEvents(packed: Buffer, { bytes, sha256: digest, count }: DrillRecord["rawEvents"]): DrillEvent[] {
  const lines = gunzipSync(packed, { maxOutputLength: Math.max(1, bytes) })
  if (lines.length !== bytes) throw new Error(`the record counts ${bytes} bytes, and there are ${lines.length}`)
  if (sha256(lines) !== digest) throw new Error("the events are not those of the record")
  const events = parseEvents(lines)
  if (events.length !== count) throw new Error(`the record counts ${count} events, and there are ${events.length}`)
  return events
}

export function parseEvents(lines: Buffer): DrillEvent[] {
  return lines
    .toString("utf8")
    .split("\n")
    .filter(line => line !== "")
    .map((line, index) => {
      const parsed = DrillEvent.safeParse(parseJSON(line))
      if (!parsed.success) throw new Error(`line ${index + 1} is no event of a drill`)
      return parsed.data
    })
}

function parseJSON(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
