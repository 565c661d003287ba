import type { LogLine } from "@chatops/stacks"
import { expect, it } from "vitest"
import { plain } from "../testing/plain.ts"
import { renderLogLine } from "./log-line.ts"

const line: LogLine = {
  time: "2026-01-02T03:04:05.678Z",
  region: "east",
  process: "r1",
  level: "info",
  message: "listening",
  fields: {},
}

it.each<[string, Partial<LogLine>, string]>([
  ["of a replica", {}, "03:04:05.678 east/r1        info  listening"],
  [
    "of the gateway, which is in no region",
    { region: null, process: "gateway" },
    "03:04:05.678 gateway        info  listening",
  ],
  ["without a time", { time: null, level: "error" }, "             east/r1        error listening"],
  [
    "with fields of several kinds",
    { level: "warn", fields: { turn: "resp_1", ms: 12, peer: { host: "x" } } },
    '03:04:05.678 east/r1        warn  listening turn=resp_1 ms=12 peer={"host":"x"}',
  ],
])("shows a line %s", (_name, part, shown) => {
  expect(plain([renderLogLine({ ...line, ...part })])).toEqual([shown])
})
