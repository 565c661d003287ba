import { type ChildProcess, spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { readdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it, onTestFinished, vi } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import type { Receiver } from "./deliver.ts"
import { Outbox } from "./outbox.ts"
import { usualRetries } from "./retry-policy.ts"
import { Sender } from "./sender.ts"
import { TestReceiver } from "./testing/receiver.ts"
import { sampleEvent } from "./testing/sample-event.ts"

const quick = { ...usualRetries, first: 20, longest: 100 }

/** A sender in this process, over an outbox of its own. */
function sending(receivers: readonly Receiver[], retries = quick, directory = scratchDirectory()) {
  const outbox = new Outbox(directory)
  const changes = new EventEmitter<{ change: [] }>()
  const sender = new Sender(outbox, receivers, () => changes.emit("change"), retries)
  onTestFinished(() => sender.stop())
  const add = (epoch: number) =>
    outbox.add(
      sampleEvent(epoch),
      receivers.map(({ url }) => url),
    )
  const until = async (condition: () => boolean) => {
    while (!condition()) await once(changes, "change")
  }
  return { sender, outbox, directory, add, until }
}

function run(...args: readonly string[]): ChildProcess {
  const program = fileURLToPath(new URL("testing/outbox-process.ts", import.meta.url))
  const child = spawn(process.execPath, ["--conditions=chatops-source", "--no-warnings", program, ...args], {
    stdio: "inherit",
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

it("delivers an event once, signed as receivers verify it, and keeps nothing of it", async () => {
  const receiver = new TestReceiver()
  const { add, until, sender, directory } = sending([await receiver.listen()])
  await add(1)
  await until(() => receiver.attempts.length > 0 && sender.status.waiting === 0)
  expect(receiver.attempts).toMatchObject([{ id: expect.stringMatching(/^msg_[^.]+$/), payload: sampleEvent(1) }])
  expect(sender.status).toEqual({ waiting: 0, failure: null })
  expect(readdirSync(directory)).toEqual([])
})

it("goes on trying while the receiver is down, refuses or hangs, with the same id, and says so meanwhile", async () => {
  const receiver = new TestReceiver()
  const address = await receiver.listen()
  receiver.close()
  const { add, until, sender } = sending([address], { ...quick, attempt: 300 })
  await add(1)
  await until(() => sender.status.failure?.reason === "ECONNREFUSED")
  expect(sender.status).toMatchObject({ waiting: 1, failure: { type: "failover.finished", attempts: 1 } })
  expect(JSON.stringify(sender.status)).not.toContain("hidden")
  receiver.answer = 500
  await receiver.listen()
  await until(() => sender.status.failure?.reason === "HTTP 500")
  receiver.answer = undefined
  await until(() => sender.status.failure?.reason === "no answer within 0.3 s")
  receiver.answer = 204
  await until(() => sender.status.waiting === 0)
  expect(sender.status.failure).toBeNull()
  expect(new Set(receiver.attempts.map(({ id }) => id)).size).toBe(1)
})

it("lets a receiver that hangs hold up nobody but itself", async () => {
  const [hanging, well] = [new TestReceiver(), new TestReceiver()]
  hanging.answer = undefined
  const { add, sender } = sending([await hanging.listen(), await well.listen()], usualRetries)
  await add(1)
  await hanging.made(1)
  await add(2)
  await well.made(2)
  expect(hanging.attempts).toHaveLength(1)
  expect(sender.status.waiting).toBeGreaterThanOrEqual(2)
})

it("is killed at any time, and loses nothing", async () => {
  const receiver = new TestReceiver()
  receiver.answer = 500
  const { url, secretFile } = await receiver.listen()
  const directory = scratchDirectory()
  await new Outbox(directory).add(sampleEvent(1), [url])
  // Between two attempts, …
  const first = run("send", directory, url, secretFile)
  await receiver.made(2)
  first.kill("SIGKILL")
  await once(first, "exit")
  const [before] = await new Outbox(directory).waiting()
  expect(before?.attempts).toBeGreaterThanOrEqual(1)
  expect(before?.waited).toBeGreaterThanOrEqual(100)
  // … and in the middle of one.
  receiver.answer = undefined
  const made = receiver.attempts.length
  const second = run("send", directory, url, secretFile)
  await receiver.made(made + 1)
  second.kill("SIGKILL")
  await once(second, "exit")
  receiver.answer = 200
  const { until, sender } = sending([{ url, secretFile }], quick, directory)
  await until(() => receiver.attempts.length > made + 1 && sender.status.waiting === 0)
  expect(new Set(receiver.attempts.map(({ id }) => id)).size).toBe(1)
}, 30_000)

it("takes what two processes add at once, while two others send, and delivers everything", async () => {
  const receiver = new TestReceiver()
  const { url, secretFile } = await receiver.listen()
  const directory = scratchDirectory()
  const adders = [1, 41].map(from => run("add", directory, url, String(from), "60"))
  const senders = [0, 1].map(() => run("send", directory, url, secretFile))
  const epochs = () =>
    new Set(
      receiver.attempts
        .map(({ payload }) => (payload as ReturnType<typeof sampleEvent>).data)
        .map(data => ("epoch" in data ? data.epoch : -1)),
    )
  while (epochs().size < 100) await once(receiver, "attempt")
  await Promise.all(adders.map(child => child.exitCode ?? once(child, "exit")))
  for (const child of senders) child.kill("SIGKILL")
  expect([...epochs()].sort((one, other) => one - other)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  // Of an event that two add it is one message: whoever gets it twice knows it by its id.
  expect(new Set(receiver.attempts.map(({ id }) => id)).size).toBe(100)
}, 30_000)

it("gives up what waits for too long, or what the receiver wants no more of, and says so", async () => {
  const receiver = new TestReceiver()
  receiver.answer = 410
  const address = await receiver.listen()
  const { add, until, sender } = sending([address])
  await add(1)
  await until(() => sender.status.failure !== null && sender.status.waiting === 0)
  expect(sender.status.failure).toMatchObject({ reason: "HTTP 410", again: null })
  expect(receiver.attempts).toHaveLength(1)
  receiver.answer = 200
  await add(2)
  await until(() => sender.status.failure === null)

  receiver.answer = 500
  const impatient = sending([address], { ...quick, giveUpAfter: 50 })
  await impatient.add(3)
  await impatient.until(() => impatient.sender.status.failure?.again === null)
  expect(impatient.sender.status.waiting).toBe(0)
})

it.each([
  ["forward by days", 3 * 86_400_000],
  ["back by an hour", -3_600_000],
])("goes on trying as before when the clock is set %s", async (_what, jump) => {
  vi.useFakeTimers({ toFake: ["Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const receiver = new TestReceiver()
  receiver.answer = 500
  const { add, until, sender } = sending([await receiver.listen()])
  await add(1)
  await until(() => sender.status.failure !== null)
  vi.setSystemTime(Date.now() + jump)
  await receiver.made(receiver.attempts.length + 2)
  expect(sender.status).toMatchObject({ waiting: 1, failure: { again: expect.any(String) } })
  receiver.answer = 200
  await until(() => sender.status.waiting === 0)
  expect(sender.status.failure).toBeNull()
})

it.each([
  [
    "was tried waits no longer than it ever would",
    { attempts: 1, failure: { at: "2026-01-01T00:00:00.000Z", reason: "" } },
    quick,
  ],
  ["was not tried yet does not wait", { attempts: 0 }, usualRetries],
])("what was written down before the clock was set back, and %s", async (_what, written, retries) => {
  const receiver = new TestReceiver()
  const address = await receiver.listen()
  const directory = scratchDirectory()
  const outbox = new Outbox(directory)
  await outbox.add(sampleEvent(1), [address.url])
  const inAnHour = Date.now() + 3_600_000
  for (const message of await outbox.waiting())
    await outbox.postpone({ ...message, ...written, addedAt: inAnHour, dueAt: inAnHour })
  const { until, sender } = sending([address], retries, directory)
  await receiver.made(1)
  await until(() => sender.status.waiting === 0)
})

it("keeps a bounded number of messages, the newest, and clears away what the dead left half written", async () => {
  const directory = scratchDirectory()
  const outbox = new Outbox(directory, 5)
  for (let epoch = 1; epoch <= 8; epoch++) await outbox.add(sampleEvent(epoch), ["http://127.0.0.1:1/"])
  const waiting = await outbox.waiting()
  expect(waiting.map(({ event }) => event)).toEqual([4, 5, 6, 7, 8].map(sampleEvent))
  const [old, young] = ["msg_1.a.json.old", "msg_1.a.json.young"].map(name => join(directory, name))
  for (const draft of [old, young]) writeFileSync(draft ?? "", "{")
  utimesSync(old ?? "", 0, 0)
  await outbox.tidy()
  expect(readdirSync(directory).filter(name => name.startsWith("msg_1."))).toEqual(["msg_1.a.json.young"])
}, 30_000)

it("says that its secret cannot be read or used", async () => {
  const receiver = new TestReceiver()
  const { url } = await receiver.listen()
  const secretFile = join(scratchDirectory(), "none")
  const { add, until, sender } = sending([{ url, secretFile }])
  await add(1)
  await until(() => sender.status.failure !== null)
  expect(sender.status.failure?.reason).toBe("its secret cannot be read")
  writeFileSync(secretFile, "whsec_?")
  await until(() => sender.status.failure?.reason === "its secret cannot be used")
})
