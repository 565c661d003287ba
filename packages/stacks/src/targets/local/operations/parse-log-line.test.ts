import { expect, it } from "vitest"
import { parseLogLine } from "./parse-log-line.ts"

const origin = { region: "east", process: "r1" }
const parse = (text: string) => parseLogLine(text, origin)

it("reads the runtime's JSON, whose levels have names", () => {
  const text = '{"level":"warn","time":"2026-03-01T10:00:00.123Z","replica":"r1","msg":"slow","ms":1200}'
  expect(parse(text)).toEqual({
    ...origin,
    time: "2026-03-01T10:00:00.123Z",
    level: "warn",
    message: "slow",
    fields: { replica: "r1", ms: 1200 },
  })
})

it.each([
  ['{"level":10,"msg":""}', "debug"],
  ['{"level":30,"msg":""}', "info"],
  ['{"level":40,"msg":""}', "warn"],
  ['{"level":60,"msg":""}', "error"],
  ['{"level":"fatal","msg":""}', "error"],
  ['{"level":"trace","msg":""}', "debug"],
  ['{"level":"error","msg":""}', "error"],
  ['{"level":"loud","msg":""}', "info"],
  ['{"msg":"no level"}', "info"],
])("gives %s the level %s", (text, level) => expect(parse(text).level).toBe(level))

it.each([
  ["LOG:  database system is ready", "info", "database system is ready"],
  ["WARNING:  out of space soon", "warn", "out of space soon"],
  ["ERROR:  relation does not exist", "error", "relation does not exist"],
  ["FATAL:  pg_hba.conf rejects connection", "error", "pg_hba.conf rejects connection"],
  ["DETAIL:  because", "info", "because"],
  ["DEBUG1:  fine", "debug", "fine"],
])("reads PostgreSQL's %s", (text, level, message) => {
  const line = parse(`2026-03-01 10:00:00.123 UTC [4711] ${text}`)
  expect(line).toEqual({ ...origin, time: "2026-03-01T10:00:00.123Z", level, message, fields: {} })
})

it.each(["", "{", '{"half": ', "    at Server.listen (node:net:1)", "2026-03-01 nonsense", '["list"]', "null"])(
  "passes on %j as it is",
  text => expect(parse(text)).toEqual({ ...origin, time: null, level: "info", message: text, fields: {} }),
)

it("has no time when the line's cannot be read", () => {
  expect(parse('{"time":"yesterday","msg":"x"}')).toMatchObject({ time: null, message: "x" })
})
