import { styleText } from "node:util"
import { mostTurnsCounted } from "@chatops/stacks/environment-state"
import Table from "cli-table3"
import { describeBound } from "../operations/failover-loss.ts"
import type { StatusResult } from "../results/status.ts"
import { duration } from "./duration.ts"
import { lost } from "./lost-turns.ts"

export function renderStatus(status: StatusResult): string[] {
  const head = `${styleText("bold", status.app)} · ${status.environment} · ${status.target}   ${state(status.healthy, status.healthy ? "healthy" : "not healthy")}`
  const preferred =
    status.primary !== null && status.primary !== status.preferredPrimary
      ? styleText("yellow", ` (chatops.yaml prefers ${status.preferredPrimary})`)
      : ""
  const facts = [
    `entry    ${status.entry.url ?? "none"}${status.entry.healthy ? "" : styleText("red", `  ${status.entry.detail}`)}`,
    `primary  ${status.primary ?? "none"}${since(status)}${preferred} · epoch ${status.epoch ?? "?"} · durability ${status.durability}${redundancy(status)}`,
    ...(status.witness.healthy ? [] : [styleText("red", `witness  ${status.witness.detail}`)]),
    ...(status.operation ? [styleText("yellow", operation(status.operation))] : []),
    ...(status.failover ? [failover(status.failover)] : []),
    ...(status.watcher ? [watcher(status.watcher)] : status.automatic ? [nobodyWatches(status)] : []),
    ...(status.lastDrill ? [drill(status.lastDrill)] : []),
    ...(status.notify?.failure ? [undelivered(status.notify.failure)] : []),
    ...status.regions.flatMap(lost),
  ]
  return [head, ...facts, "", ...regionTable(status).split("\n")]
}

/** What would be lost with the primary's region now. */
function redundancy({ durability, primary, inSync }: StatusResult): string {
  if (durability !== "zero-loss" || primary === null) return ""
  return inSync === null ? styleText("yellow", ", no region in sync") : `, ${inSync} in sync`
}

function drill({ scenario, outcome, endedAt }: NonNullable<StatusResult["lastDrill"]>): string {
  const text = `drill    ${scenario} ${outcome}, ${ago(Date.now() - Date.parse(endedAt))} ago`
  return outcome === "passed" ? text : styleText("yellow", text)
}

function watcher({ verdict, reason, restraint }: NonNullable<StatusResult["watcher"]>): string {
  if (verdict === "well" && restraint)
    return styleText("yellow", `watcher  would not fail over by itself for ${restraint.seconds} s: ${restraint.reason}`)
  if (verdict === "well") return "watcher  would fail over by itself"
  return styleText("yellow", `watcher  ${verdict === "holds" ? "holds still" : "fails over"}: ${reason}`)
}

/** It runs beside the gateway, and goes with it. */
const nobodyWatches = ({ entry }: StatusResult): string =>
  styleText("red", `watcher  nobody would fail over by itself: the entry's agent does not answer (${entry.detail})`)

function since({ primarySince }: StatusResult): string {
  if (primarySince === null) return ""
  return ` for ${ago(Date.now() - Date.parse(primarySince))} (since ${primarySince.slice(0, 16).replace("T", " ")} UTC)`
}

function undelivered({
  receiver,
  type,
  reason,
  attempts,
  again,
}: NonNullable<NonNullable<StatusResult["notify"]>["failure"]>): string {
  const what = `${receiver} was not told of ${type}: ${reason}, ${attempts} attempt${attempts === 1 ? "" : "s"}`
  return styleText("yellow", `notify   ${what}${again === null ? ", given up" : ""}`)
}

/** What would come of it now. */
function failover({ possible, to, wouldLose, checks }: NonNullable<StatusResult["failover"]>): string {
  const [worst] = checks
  if (possible && wouldLose !== null)
    return `failover ${to} would take over now ${styleText("yellow", `(${worst?.detail})`)}`
  if (!possible) {
    const loss = wouldLose === null ? "" : `; without the primary, ${describeBound(wouldLose)}`
    return styleText("yellow", `failover not possible now: ${worst?.detail}${loss}`)
  }
  const warning = worst?.verdict === "warning" ? styleText("yellow", ` (${worst.detail})`) : ""
  return `failover ${to} would take over now, and nothing acknowledged would be lost${warning}`
}

function operation({ kind, id, step, pid }: NonNullable<StatusResult["operation"]>): string {
  const what = `${kind} ${id}${step === null ? "" : ` at step ${step}`}`
  return pid === null
    ? `unfinished ${what}: \`chatops resume\`, or \`chatops resume --abort\``
    : `running  ${what} (pid ${pid})`
}

function regionTable({ regions }: StatusResult): string {
  const table = new Table({
    head: ["region", "role", "database", "lag", "replica", "pid", "state", "gateway", "active", "restarts"],
    style: { head: [], border: [], compact: true },
    chars: {
      mid: "",
      "left-mid": "",
      "mid-mid": "",
      "right-mid": "",
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      right: "",
      middle: " ",
    },
  })
  for (const region of regions) {
    const first = [styleText("bold", region.name), region.role, database(region), lag(region)]
    const rows = region.replicas.map(({ name, pid, ready, detail, gateway, active, restarts }) => [
      name,
      pid ?? "-",
      state(ready, ready ? "ready" : detail),
      gateway ?? "-",
      active,
      restarts,
    ])
    if (rows.length === 0) table.push([...first, "-", "-", state(false, region.detail), "-", "-", "-"])
    for (const [index, row] of rows.entries()) table.push([...(index === 0 ? first : ["", "", "", ""]), ...row])
  }
  return table.toString()
}

type Region = StatusResult["regions"][number]

const database = (region: Region): string =>
  state(
    region.database === "running",
    region.role === "standby"
      ? `${region.database}, ${region.streaming ? "streaming" : "not streaming"}`
      : region.database,
  )

function lag({ role, lag }: Region): string {
  if (role !== "standby") return "-"
  if (lag === null) return "unknown"
  const parts = [
    bytes(lag.bytes),
    ...(lag.seconds >= 0.05 ? [duration(lag.seconds * 1_000)] : []),
    ...(lag.turns > 0 ? [turns(lag.turns)] : []),
  ]
  return parts.join(" · ")
}

const turns = (count: number): string =>
  `${count} turn${count === 1 ? "" : "s"}${count >= mostTurnsCounted ? " or more" : ""}`

function bytes(count: number): string {
  if (count < 1_024) return `${count} B`
  const power = Math.min(3, Math.floor(Math.log2(count) / 10))
  return `${(count / 1_024 ** power).toFixed(1)} ${["B", "KiB", "MiB", "GiB"][power]}`
}

const state = (good: boolean, text: string): string => styleText(good ? "green" : "red", `${good ? "●" : "○"} ${text}`)

/** In the largest unit that says it: for how old something is, nobody needs two. */
function ago(milliseconds: number): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ] as const
  for (const [unit, length] of units) {
    const count = Math.floor(milliseconds / length)
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"}`
  }
  return "a moment"
}
