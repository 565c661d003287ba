import { rmSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openLedger } from "../../ledger/index.ts"
import { repository, temporaryDirectory, useGitConfig } from "../../ledger/testing/repository.ts"
import { drillId, recordDrill } from "../testing/recorded-drills.ts"
import { place, prepared, tamper } from "../testing/tamper.ts"
import { readRecords, reportOf } from "./read-records.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

it("reads the newest first, of one environment or of all, up to the limit", async () => {
  const { directory } = await prepared(2)
  await recordDrill(openLedger(directory), temporaryDirectory(), { id: drillId(3), environment: "local" })
  const view = await openLedger(directory).view()
  const ids = async (choice: Parameters<typeof readRecords>[1]) => (await readRecords(view, choice)).map(({ id }) => id)
  expect(await ids({ limit: 9 })).toEqual([drillId(3), drillId(2), drillId(1)])
  expect(await ids({ limit: 2 })).toEqual([drillId(3), drillId(2)])
  expect(await ids({ limit: 9, environment: "prod" })).toEqual([drillId(2), drillId(1)])
  expect(await ids({ limit: 1, id: drillId(1) })).toEqual([drillId(1)])
  expect(await ids({ limit: 1, id: "op-nothing" })).toEqual([])
  expect(await readRecords(await openLedger(repository()).view(), { limit: 9 })).toEqual([])
})

it("hands out the report that lies beside a record, and says when there is none", async () => {
  const { directory } = await prepared(1)
  const view = await openLedger(directory).view()
  const [record] = await readRecords(view, { limit: 1 })
  expect((await reportOf(view, record!)).toString()).toContain(drillId(1))
  tamper(directory, at => rmSync(at(place(1, "report.html"))))
  await expect(reportOf(await openLedger(directory).view(), record!)).rejects.toMatchObject({
    code: "DRILL_FILE_MISSING",
  })
})

it("names a record that it does not know", async () => {
  const { directory } = await prepared(1)
  tamper(directory, at => writeFileSync(at(place(1, "record.json")), '{"format":2}'))
  const read = readRecords(await openLedger(directory).view(), { limit: 1 })
  await expect(read).rejects.toMatchObject({
    code: "DRILL_RECORD_UNREADABLE",
    message: expect.stringContaining(drillId(1)),
  })
})
