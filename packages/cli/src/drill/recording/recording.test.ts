import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent } from "@chatops/stacks/drill"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { DrillRecorder } from "./drill-recorder.ts"
import { readDrillEvents } from "./read-drill-events.ts"

const sent = (request: number): DrillEvent => ({
  ...{ event: "sent", at: request + 0.125, due: request, request, attempt: 0, conversation: 1, turn: 1 },
  streamed: request % 2 === 0,
})
const acknowledged = (request: number): DrillEvent => ({
  ...{ event: "acknowledged", at: request + 7.5, request, attempt: 0, response: `resp_${request}`, region: "east" },
  ...{ message: `msg_${request}`, position: { epoch: 1, timeline: 1, lsn: "0/16B3748" } },
})

async function recorded(events: readonly DrillEvent[]): Promise<string> {
  const file = join(scratchDirectory(), "events.jsonl")
  const recorder = await DrillRecorder.create(file)
  for (const event of events) recorder.record(event)
  await recorder.close()
  return file
}

it("reads what was recorded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(9_999), { maxLength: 50 }), async numbers => {
      const events = numbers.flatMap(number => [sent(number + 1), acknowledged(number + 1)])
      expect(await readDrillEvents(await recorded(events))).toEqual(events)
    }),
    { numRuns: 20 },
  )
})

it("writes while it records, without being closed", async () => {
  const file = join(scratchDirectory(), "events.jsonl")
  const recorder = await DrillRecorder.create(file)
  recorder.record(sent(1))
  while (readFileSync(file, "utf8") === "") await new Promise(resolve => setImmediate(resolve))
  recorder.record(sent(2))
  await recorder.close()
  expect(await readDrillEvents(file)).toEqual([sent(1), sent(2)])
})

it("says soon that nothing can be written any more", async () => {
  const recorder = await DrillRecorder.create(join(scratchDirectory(), "events.jsonl"))
  await recorder.close()
  const recordUntilItFails = async () => {
    for (;;) {
      recorder.record(sent(1))
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await expect(recordUntilItFails()).rejects.toMatchObject({ code: "EBADF" })
})

it("overwrites no other record", async () => {
  const file = await recorded([sent(1)])
  await expect(DrillRecorder.create(file)).rejects.toMatchObject({ code: "EEXIST" })
  expect(await readDrillEvents(file)).toEqual([sent(1)])
})

describe("refuses", () => {
  const line = JSON.stringify(sent(2))
  const cases: Record<string, { text: string; says: string }> = {
    "what is no JSON": { text: "{\n", says: ":2 is no event of a drill: no JSON" },
    "an empty line": { text: `\n${line}\n`, says: ":2 is no event of a drill: no JSON" },
    "a line that breaks off": { text: line.slice(0, 40), says: ":2 is no event of a drill: it breaks off" },
    "an event of another kind": { text: '{"event":"invented","at":1}\n', says: ":2 is no event of a drill: event: " },
    "a field that it does not know": {
      text: `${line.replace("{", '{"more":1,')}\n`,
      says: ":2 is no event of a drill: ",
    },
    "a value that cannot be": {
      text: `${line.replace('"attempt":0', '"attempt":-1')}\n`,
      says: ":2 is no event of a drill: attempt: ",
    },
    "an event without a time": {
      text: `${line.replace('"at":2.125,', "")}\n`,
      says: ":2 is no event of a drill: at: ",
    },
  }
  for (const [name, { text, says }] of Object.entries(cases))
    it(`${name}, and says where`, async () => {
      const file = await recorded([sent(1)])
      writeFileSync(file, `${readFileSync(file, "utf8")}${text}`)
      await expect(readDrillEvents(file)).rejects.toMatchObject({
        code: "DRILL_RECORD_INVALID",
        message: expect.stringContaining(`${file}${says}`),
        details: { file, line: 2 },
      })
    })
})

it("records and reads a hundred thousand events in little time", async () => {
  const events = Array.from({ length: 50_000 }, (_, index) => [sent(index + 1), acknowledged(index + 1)]).flat()
  const recording = process.cpuUsage()
  const file = await recorded(events)
  const spent = process.cpuUsage(recording)
  expect((spent.user + spent.system) / events.length).toBeLessThan(20)
  const reading = process.cpuUsage()
  expect(await readDrillEvents(file)).toHaveLength(events.length)
  expect(process.cpuUsage(reading).user / 1_000).toBeLessThan(1_500)
})
