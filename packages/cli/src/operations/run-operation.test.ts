import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { describe, expect, it, onTestFinished } from "vitest"
import { presentOperation } from "../status/present-operation.ts"
import { Journal, type JournalRecord, readJournals, unfinishedOperation } from "./journal.ts"
import { harmlessStep, type Operation, step } from "./operation.ts"
import type { OperationEvent } from "./operation-event.ts"
import type { RunOptions } from "./operation-run.ts"
import { abortOperation, journalDirectory, resumeOperation, runOperation } from "./run-operation.ts"
import { type FakeServices, fakeServices } from "./testing/fake-services.ts"
import { selfKilling, stepNames } from "./testing/interrupted-operation.ts"

interface Bench {
  readonly services: FakeServices
  readonly options: RunOptions
  readonly events: OperationEvent[]
  readonly directory: string
  readonly state: string
}

function bench(extra: Partial<RunOptions> = {}): Bench {
  const state = mkdtempSync(join(tmpdir(), "chatops-operation-"))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const services = fakeServices(state)
  const events: OperationEvent[] = []
  const options = {
    services,
    signal: new AbortController().signal,
    listen: (event: OperationEvent) => void events.push(event),
    ...extra,
  }
  return { services, options, events, directory: journalDirectory(services), state }
}

const operation = (
  steps: Operation["steps"],
  kind = "deploy",
  supersedes: readonly string[] = ["deploy"],
): Operation => ({ kind, choice: {}, followsConfiguration: true, supersedes, steps })
const header = {
  type: "begun",
  environment: "local",
  choice: {},
  at: "2026-01-01T00:00:00.000Z",
  actor: "ada",
  chatops: "0.1.0",
  configuration: null,
} as const
const fails = () => Promise.reject(new ChatopsError("VERIFY_FAILED", "it broke"))

describe("an operation that was killed", () => {
  const moments = stepNames.flatMap(name => (["before", "after"] as const).map(moment => ({ name, moment })))

  it.each(moments)("$moment step $name goes on there, and repeats no finished step", async ({ name, moment }) => {
    const { options, directory, state } = bench()
    const log = join(state, "log")
    appendFileSync(log, "")
    const program = join(import.meta.dirname, "testing", "interrupted-operation.ts")
    const child = spawn(process.execPath, ["--conditions=chatops-source", program, state, log, name, moment], {
      stdio: "inherit",
    })
    const [, signal] = await once(child, "exit")
    expect(signal).toBe("SIGKILL")

    const left = unfinishedOperation(directory)
    expect(left?.current).toBe(name)
    const result = await resumeOperation(left!, selfKilling(log), options)
    expect(result.outcome).toBe("succeeded")
    expect(result.outputs).toEqual(Object.fromEntries(stepNames.map(each => [each, `${each} done`])))
    const ran = readFileSync(log, "utf8").trim().split("\n")
    const expected = stepNames.flatMap(each => (each === name && moment === "after" ? [each, each] : [each]))
    expect(ran).toEqual(expected)
    expect(unfinishedOperation(directory)).toBeUndefined()
  })

  it("is read correctly from a journal whose last line was cut short", async () => {
    const { options, directory } = bench()
    await runOperation(operation([step("one", fails), step("two", async () => undefined)]), options).catch(
      () => undefined,
    )
    const file = join(directory, readdirSync(directory)[0]!)
    appendFileSync(file, '{"type":"step-fin')
    expect(unfinishedOperation(directory)?.current).toBe("one")
    // What is written next stands on a line of its own.
    await abortOperation(unfinishedOperation(directory)!, options, "aborted by hand")
    expect(unfinishedOperation(directory)).toBeUndefined()
    truncateSync(file, 0)
    expect(readJournals(directory)).toEqual([])
  })
})

describe("a step that fails", () => {
  it("pauses the operation, names the step, and leaves it to be resumed", async () => {
    const { options, directory, events } = bench()
    const running = runOperation(operation([step("one", async () => undefined), step("two", fails)]), options)
    await expect(running).rejects.toMatchObject({
      code: "OPERATION_PAUSED",
      exitCode: 5,
      details: { step: "two", code: "VERIFY_FAILED" },
    })
    expect(unfinishedOperation(directory)?.failure).toMatchObject({ step: "two", code: "VERIFY_FAILED" })
    expect(events.at(-1)).toEqual({ type: "ended", outcome: "paused" })
  })

  it("ends the operation with its own error while nothing was changed", async () => {
    const { options, directory } = bench()
    await expect(runOperation(operation([harmlessStep("plan", fails)]), options)).rejects.toMatchObject({
      code: "VERIFY_FAILED",
    })
    expect(unfinishedOperation(directory)).toBeUndefined()
    expect(readJournals(directory)[0]?.outcome).toBe("failed")
  })

  it("is tried again when a person says so, and ends the operation when they say that", async () => {
    let tries = 0
    const flaky = step("flaky", async () => (++tries < 3 ? fails() : undefined))
    const { options } = bench({ onFailure: async () => "retry" })
    expect(await runOperation(operation([flaky]), options)).toMatchObject({ outcome: "succeeded" })
    expect(tries).toBe(3)
    const other = bench({ onFailure: async () => "abort" })
    await expect(runOperation(operation([step("one", fails)]), other.options)).rejects.toMatchObject({
      code: "VERIFY_FAILED",
    })
    expect(readJournals(other.directory)[0]?.outcome).toBe("aborted")
  })
})

describe("two operations of one environment", () => {
  it("do not run at once; the second is told who is first", async () => {
    const { options } = bench()
    const { promise: held, resolve: letGo } = Promise.withResolvers<undefined>()
    const { promise: began, resolve: tellBegan } = Promise.withResolvers<void>()
    const long = step("long", () => {
      tellBegan()
      return held
    })
    const first = runOperation(operation([long]), options)
    await began
    await expect(runOperation(operation([]), options)).rejects.toMatchObject({
      code: "OPERATION_RUNNING",
      details: { pid: process.pid, operation: "deploy" },
    })
    letGo(undefined)
    await first
  })

  it("are told apart by the one that runs, not by its name: the clock may have gone back", async () => {
    const { options, directory, services } = bench()
    const later = Journal.open(directory, "op-29990101-000000000-aaaaaa")
    later.append({ ...header, id: "op-29990101-000000000-aaaaaa", kind: "deploy" })
    later.close()
    let seen: unknown
    const running = operation([
      step("look", async () => {
        seen = presentOperation(services)
      }),
    ])
    const { id } = await runOperation(running, options)
    expect(seen).toEqual({ id, kind: "deploy", step: "look", pid: process.pid })
  })

  it("leave the first one alone until the second really begins to change something", async () => {
    const { options, directory } = bench()
    await runOperation(operation([step("one", async () => undefined), step("two", fails)]), options).catch(
      () => undefined,
    )
    await runOperation(operation([harmlessStep("confirm", fails)]), options).catch(() => undefined)
    expect(unfinishedOperation(directory)?.current).toBe("two")
  })

  it("tell the second that it takes the first one's place, so that it proves and records even an empty plan", async () => {
    const { options } = bench()
    await runOperation(operation([step("one", fails)]), options).catch(() => undefined)
    const seen: boolean[] = []
    const look = harmlessStep("plan", async ({ superseding }) => {
      seen.push(superseding)
      return undefined
    })
    await runOperation(operation([look, step("verify", async () => undefined)]), options)
    await runOperation(operation([look]), options)
    expect(seen).toEqual([true, false])
  })

  it("are kept apart when the first was left unfinished and the second does not include it", async () => {
    const { options } = bench()
    await runOperation(operation([step("one", fails)], "failover"), options).catch(() => undefined)
    await expect(runOperation(operation([]), options)).rejects.toMatchObject({
      code: "OPERATION_UNFINISHED",
      details: { kind: "failover", step: "one" },
    })
  })

  it("follow on each other when the second does all that the first would have done", async () => {
    const { options, directory, services } = bench()
    await runOperation(operation([step("one", async () => undefined), step("two", fails)]), options).catch(
      () => undefined,
    )
    expect(await runOperation(operation([step("one", async () => undefined)]), options)).toMatchObject({
      outcome: "succeeded",
    })
    expect(readJournals(directory).map(({ outcome }) => outcome)).toEqual(["aborted", "succeeded"])
    expect(services.recorded).toMatchObject([{ kind: "deploy", outcome: "aborted" }])
  })
})

it("has nothing to go on with when it died before it changed anything, and stands in nobody's way", async () => {
  const { options, directory } = bench()
  const plan = { type: "step-started", step: "plan", at: "2026-01-01T00:00:01.000Z", harmless: true } as const
  const journal = Journal.open(directory, "op-0")
  journal.append({ ...header, id: "op-0", kind: "destroy" })
  journal.append({ ...plan, step: "confirm" })
  journal.close()
  expect(unfinishedOperation(directory)).toBeUndefined()
  expect(await runOperation(operation([]), options)).toMatchObject({ outcome: "succeeded" })

  const changing = Journal.open(directory, "op-1")
  changing.append({ ...header, id: "op-1", kind: "destroy" })
  changing.append({ ...plan, step: "stacks", harmless: false })
  changing.close()
  expect(unfinishedOperation(directory)?.header.id).toBe("op-1")
})

it.each([
  ["had been changed", [step("base", async () => undefined), step("two", fails)]],
  [
    "may have been changed by a step that never told",
    [harmlessStep("plan", async () => undefined), step("base", fails)],
  ],
])("gives an unfinished operation up and records that something %s", async (_what, steps) => {
  const { options, directory, services } = bench()
  await runOperation(operation(steps), options).catch(() => undefined)
  await abortOperation(unfinishedOperation(directory)!, options, "aborted by hand")
  expect(unfinishedOperation(directory)).toBeUndefined()
  expect(services.recorded).toMatchObject([{ outcome: "aborted", summary: "aborted by hand" }])
})

it("does not go on after chatops.yaml has changed", async () => {
  const { options, services, directory } = bench()
  const paused = operation([step("one", fails)])
  await runOperation(paused, options).catch(() => undefined)
  const left = unfinishedOperation(directory)!
  const environment = { ...services.environment, release: "rel_111111111111" as const }
  const changed = { ...options, services: { ...services, environment } }
  await expect(resumeOperation(left, paused, changed)).rejects.toMatchObject({ code: "OPERATION_OUTDATED" })
  await expect(resumeOperation(left, { ...paused, followsConfiguration: false }, changed)).rejects.toMatchObject({
    code: "OPERATION_PAUSED",
  })
})

it("is resumed by one of two only", async () => {
  const { options, directory } = bench()
  let tries = 0
  const flaky = operation([step("one", async () => (++tries === 1 ? fails() : undefined))])
  await runOperation(flaky, options).catch(() => undefined)
  const left = unfinishedOperation(directory)!
  await resumeOperation(left, flaky, options)
  await expect(resumeOperation(left, flaky, options)).rejects.toMatchObject({ code: "NOTHING_TO_RESUME" })
  await expect(abortOperation(left, options, "late")).rejects.toMatchObject({ code: "NOTHING_TO_RESUME" })
})

it("stays resumable when it was interrupted after something was changed, and ends when it was not", async () => {
  for (const harmless of [true, false]) {
    const interrupt = new AbortController()
    const { options, directory } = bench({ signal: interrupt.signal })
    const make = harmless ? harmlessStep : step
    const stopped = make("stopped", async ({ signal }) => {
      interrupt.abort(new ChatopsError("INTERRUPTED", "interrupted"))
      signal.throwIfAborted()
      return undefined
    })
    await expect(runOperation(operation([stopped]), options)).rejects.toMatchObject({
      code: "INTERRUPTED",
      exitCode: 130,
    })
    expect(unfinishedOperation(directory)?.current).toBe(harmless ? undefined : "stopped")
  }
})

it("ends early, successfully and without a ledger entry when there is nothing to do", async () => {
  const { options, services, events } = bench()
  const never = step("never", () => Promise.reject(new Error("must not run")))
  const result = await runOperation(operation([harmlessStep("plan", async () => ({ end: true })), never]), options)
  expect(result.outcome).toBe("unchanged")
  expect(services.recorded).toEqual([])
  expect(events.at(-1)).toEqual({ type: "ended", outcome: "unchanged" })
})

describe("journals of earlier operations", () => {
  const at = "2026-01-01T00:00:00.000Z"
  const ended: JournalRecord = { type: "ended", outcome: "succeeded", at }
  const changing: JournalRecord = { type: "step-started", step: "base", at, harmless: false }
  const asking: JournalRecord = { type: "step-started", step: "confirm", at, harmless: true }
  const write = (directory: string, id: string, kind: string, ...records: JournalRecord[]) => {
    const journal = Journal.open(directory, id)
    for (const record of [{ ...header, id, kind } as const, ...records]) journal.append(record)
    journal.close()
  }

  it("go when a new one begins, but for the newest fifty that are over and whatever could be resumed", async () => {
    const { options, directory } = bench()
    write(directory, "op-000-paused", "deploy", changing)
    write(directory, "op-001-died-asking", "deploy", asking)
    for (let number = 100; number < 160; number++) write(directory, `op-${number}`, "deploy", changing, ended)
    appendFileSync(join(directory, "op-002-torn.ndjson"), '{"type":"beg')

    const { id } = await runOperation(operation([step("one", async () => undefined)]), options)

    const kept = Array.from({ length: 50 }, (_, index) => `op-${110 + index}`)
    expect(readdirSync(directory).sort()).toEqual(
      ["op-000-paused", "op-002-torn", ...kept, id].map(name => `${name}.ndjson`),
    )
  })

  it("do not hide a new one when the clock has gone back since", async () => {
    const { options, directory } = bench()
    write(directory, "op-20990101-000000000-ffffff", "deploy", changing, ended)
    const running = runOperation(operation([step("one", fails)]), options)
    await expect(running).rejects.toMatchObject({ code: "OPERATION_PAUSED" })
    const left = unfinishedOperation(directory)
    expect(left).toMatchObject({ current: "one", outcome: null })
    const again = operation([step("one", async () => undefined)])
    expect(await resumeOperation(left!, again, options)).toMatchObject({ id: left?.header.id, outcome: "succeeded" })
    expect(unfinishedOperation(directory)).toBeUndefined()
  })

  it("may go between the moment that they are listed and the moment that they are read", () => {
    const { directory } = bench()
    write(directory, "op-100", "deploy", changing)
    symlinkSync("gone", join(directory, "op-200.ndjson"))
    expect(readJournals(directory).map(({ header }) => header.id)).toEqual(["op-100"])
  })

  it("stay while an operation is refused because an earlier one waits", async () => {
    const { options, directory } = bench()
    write(directory, "op-000-paused", "failover", changing)
    for (let number = 100; number < 160; number++) write(directory, `op-${number}`, "deploy", changing, ended)
    await expect(runOperation(operation([]), options)).rejects.toMatchObject({ code: "OPERATION_UNFINISHED" })
    expect(readdirSync(directory)).toHaveLength(61)
  })
})
