import { describe, expect, it } from "vitest"
import type { HistoryResult } from "../results/history.ts"
import { plain } from "../testing/plain.ts"
import { renderHistory } from "./history.ts"

type Record = HistoryResult[number]["record"]

const entry = (record: Partial<Record>): HistoryResult[number] => ({
  path: "operations/2026/01/op-1.json",
  record: {
    schema: 1,
    id: "op-1",
    kind: "deploy",
    environment: "local",
    app: "bot",
    startedAt: "2026-01-02T03:04:05.000Z",
    finishedAt: "2026-01-02T03:04:17.400Z",
    outcome: "succeeded",
    actor: "ada@host",
    commit: null,
    dirty: false,
    steps: [],
    summary: "4 to create",
    result: {},
    ...record,
  },
})

describe("the history", () => {
  it.each<[string, Partial<Record>, string]>([
    ["succeeded", {}, "✔ 2026-01-02 03:04  deploy   local       12 s  4 to create  ada@host · op-1"],
    [
      "was aborted",
      { outcome: "aborted", summary: "aborted by hand" },
      "✖ 2026-01-02 03:04  deploy   local       12 s  aborted by hand  ada@host · op-1",
    ],
    [
      "failed",
      { outcome: "failed", kind: "destroy", environment: "staging" },
      "✖ 2026-01-02 03:04  destroy  staging     12 s  4 to create  ada@host · op-1",
    ],
  ])("shows an operation that %s on one line", (_outcome, record, line) => {
    expect(plain(renderHistory([entry(record)]))).toEqual([line])
  })

  it("says of one that it is still to come to the ledger", () => {
    const toCome = { ...entry({ actor: "watcher", kind: "failover" }), toCome: "the disk is full" }
    expect(plain(renderHistory([toCome]))[0]).toMatch(/4 to create {2}watcher · op-1 {2}still to come to the ledger$/)
  })

  it("says that there is none", () => {
    expect(renderHistory([])).toEqual(["Nothing is recorded here yet. `chatops deploy` writes the first entry."])
  })
})
