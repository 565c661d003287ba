import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openLedger } from "../../ledger/index.ts"
import { clone, commit, git, temporaryDirectory, useGitConfig } from "../../ledger/testing/repository.ts"
import { drillId, ledgerWithDrills, recordDrill } from "../testing/recorded-drills.ts"
import { findings, forge, place, prepared, tamper, verify } from "../testing/tamper.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

describe("a drill that was removed", () => {
  const remove = (number: number) => (at: (path: string) => string) =>
    rmSync(dirname(at(place(number, "record.json"))), { recursive: true })
  const withOperation = (number: number) => (at: (path: string) => string) => {
    remove(number)(at)
    rmSync(at(`operations/2026/03/${drillId(number)}.json`))
  }

  it("is named by the commit that brought it", async () => {
    const { directory } = await prepared(2)
    tamper(directory, withOperation(2))
    const result = await verify(directory)
    expect(findings(result)).toEqual([`DRILL_MISSING prod/${drillId(2)}`])
    expect(result.passed).toBe(false)
    expect(findings(await verify(directory, drillId(2)))).toEqual([`DRILL_MISSING prod/${drillId(2)}`])
  })

  it("is named by its operation's record, when the history was written anew", async () => {
    const { directory } = await prepared(2)
    forge(directory, remove(2))
    expect(findings(await verify(directory))).toEqual([`DRILL_MISSING prod/${drillId(2)}`])
  })

  it.each([1, 2])("is missed by the one after it, when nothing else is left (drill %i of 3)", async number => {
    const { directory } = await prepared(3)
    forge(directory, withOperation(number))
    expect(findings(await verify(directory))).toEqual([`DRILL_MISSING ${drillId(number + 1)}/statement.dsse.json`])
  })
})

it("finds drills that are in another order than they were made in", async () => {
  const { directory } = await prepared(2)
  git(directory, "checkout", "--quiet", "--orphan", "forged", "chatops/ledger")
  git(directory, "rm", "--quiet", "-r", "--cached", ".")
  const add = (message: string, ...paths: string[]) => {
    git(directory, "add", ...paths)
    commit(directory, message)
  }
  add("Second", `drills/prod/${drillId(2)}`, "keys")
  add("First", `drills/prod/${drillId(1)}`, "operations")
  git(directory, "branch", "--force", "chatops/ledger", "forged")
  expect(findings(await verify(directory))).toEqual([`DRILL_ORDER ${drillId(2)}/statement.dsse.json`])
})

it("finds a drill that lies in another one's place", async () => {
  const { directory } = await prepared(1)
  forge(directory, at => {
    for (const file of ["events.jsonl.gz", "record.json", "report.html", "statement.dsse.json"]) {
      mkdirSync(dirname(at(place(9, file))), { recursive: true })
      writeFileSync(at(place(9, file)), readFileSync(at(place(1, file))))
    }
  })
  const result = await verify(directory, drillId(9))
  expect(findings(result)).toEqual([`DRILL_ORDER ${drillId(9)}/statement.dsse.json`])
})

it("holds after two machines drilled without knowing of each other, and neither can go missing after the next", async () => {
  const remote = temporaryDirectory()
  git(remote, "init", "--quiet", "--bare")
  const [here, there] = [clone(remote), clone(remote)]
  const first = await ledgerWithDrills(here, temporaryDirectory(), 1)
  await first.push()
  await openLedger(there).push()
  for (const [number, directory] of [
    [2, here],
    [3, there],
  ] as const) {
    const ledger = openLedger(directory)
    await recordDrill(ledger, temporaryDirectory(), { id: drillId(number) })
    expect((await ledger.push()).outcome).toBe("pushed")
  }
  const both = await verify(there)
  expect([findings(both), both.latest.map(({ id }) => id)]).toEqual([[], [drillId(2), drillId(3)]])

  await recordDrill(openLedger(there), temporaryDirectory(), { id: drillId(4) })
  const joined = await verify(there)
  expect([findings(joined), joined.latest.map(({ id }) => id)]).toEqual([[], [drillId(4)]])
  forge(there, at => {
    rmSync(dirname(at(place(2, "record.json"))), { recursive: true })
    rmSync(at(`operations/2026/03/${drillId(2)}.json`))
  })
  expect(findings(await verify(there))).toEqual([`DRILL_MISSING ${drillId(4)}/statement.dsse.json`])
})
