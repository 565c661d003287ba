import { expect, test } from "vitest"
import { PrimarySessions } from "./primary-sessions.ts"
import type { Session } from "./session.ts"
import { type Statement, statement } from "./statement.ts"

/** Answers everything at once, `hold` when it is told to, and remembers what it was asked. */
class FakeSession {
  readonly asked: string[] = []
  readonly lost = false
  readonly release = Promise.withResolvers<void>()

  async run({ name }: Statement) {
    this.asked.push(name)
    if (name === "hold") await this.release.promise
    return name === "read-lease" ? [{ renewal: 1, alone: false, length: 2_000 }] : []
  }

  async execute({ name }: Statement) {
    this.asked.push(name)
    return { rows: [{ epoch: 1 }], command: "INSERT", written: 1, warning: undefined }
  }

  onLost() {}
  close() {}
}

const [hold, read, insert] = ["hold", "read", "insert"].map(name => statement(name, "")) as [
  Statement,
  Statement,
  Statement,
]

test("what a commit waits for goes before the requests that came after it", async () => {
  let now = 0
  const session = new FakeSession()
  const primary = new PrimarySessions(session as unknown as Session, {
    ...{ open: () => new Promise<never>(() => {}), size: 1, onLost: () => {}, onEpoch: () => true, now: () => now },
    ...{
      maxStaleness: 1_000,
      patience: 5_000,
      commitTimeout: 5_000,
      suspicion: 500,
      onSuspicion: () => undefined,
      highestEpoch: () => 1,
    },
  })
  const left = () => 5_000
  // The first look at the lease, which is over now.
  await primary.read(read, [], "nothing", left)
  now = 10_000
  const held = primary.read(hold, [], "nothing", left)
  const commit = primary.commit({ statement: insert, values: () => [] }, left)
  const reads = Array.from({ length: 5 }, () => primary.read(read, [], "nothing", left))
  session.release.resolve()
  await Promise.all([held, commit, ...reads])
  const since = session.asked.slice(session.asked.indexOf("hold"))
  expect(since.slice(0, 4)).toEqual(["hold", "insert", "read", "read-lease"])
  expect(since.filter(name => name === "read")).toHaveLength(5)
})
