import { styleText } from "node:util"
import type { HistoryResult } from "../results/history.ts"
import { duration } from "./duration.ts"

export function renderHistory(entries: HistoryResult): string[] {
  if (entries.length === 0) return ["Nothing is recorded here yet. `chatops deploy` writes the first entry."]
  return entries.map(({ record, toCome }) => {
    const { startedAt, finishedAt, kind, environment, outcome, summary, actor, id } = record
    const took = duration(Date.parse(finishedAt) - Date.parse(startedAt))
    const good = outcome === "succeeded"
    const mark = styleText(good ? "green" : "yellow", good ? "✔" : "✖")
    return `${mark} ${startedAt.slice(0, 16).replace("T", " ")}  ${kind.padEnd(8)} ${environment.padEnd(8)} ${took.padStart(7)}  ${summary}  ${styleText("dim", `${actor} · ${id}`)}${toCome === undefined ? "" : styleText("yellow", "  still to come to the ledger")}`
  })
}
