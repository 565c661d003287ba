import { cpus, release, totalmem, type } from "node:os"
import type { DrillMachine } from "./drill-record.ts"

/** The machine that this runs on: figures of another one cannot be compared with. */
export function thisMachine(): DrillMachine {
  const found = cpus()
  return {
    cpus: found.length,
    cpuModel: found[0]?.model.trim() ?? "unknown",
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${process.arch}`,
    node: process.version,
  }
}
