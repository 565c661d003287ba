import { styleText } from "node:util"
import type { LogLine } from "@chatops/stacks"

const colours = { debug: "dim", info: "green", warn: "yellow", error: "red" } as const

export function renderLogLine({ time, region, process, level, message, fields }: LogLine): string {
  const clock = time?.slice(11, 23) ?? "            "
  const origin = `${region ? `${region}/` : ""}${process}`.padEnd(14)
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  )
  return [
    styleText("dim", clock),
    styleText("cyan", origin),
    styleText(colours[level], level.padEnd(5)),
    message,
    styleText("dim", rest.join(" ")),
  ]
    .join(" ")
    .trimEnd()
}
