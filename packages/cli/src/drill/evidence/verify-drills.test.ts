import { createPublicKey } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openLedger } from "../../ledger/index.ts"
import { git, repository, temporaryDirectory, useGitConfig } from "../../ledger/testing/repository.ts"
import { drillId, recordDrill, simpleRules } from "../testing/recorded-drills.ts"
import { editJSON, findings, flip, forge, place, prepared, restate, tamper, verify } from "../testing/tamper.ts"
import { canonicalJSON } from "./canonical-json.ts"
import type { DrillRecord } from "./drill-record.ts"
import { type Envelope, seal } from "./dsse.ts"
import { signingKey } from "./signing-key.ts"
import { payloadType } from "./statement.ts"
import { verifyDrills } from "./verify-drills.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

it("finds nothing against drills as they were recorded, and says what it looked at", async () => {
  const { directory } = await prepared(3)
  const result = await verify(directory)
  expect(findings(result)).toEqual([])
  expect(result.passed).toBe(true)
  expect(result.drills.map(({ id, outcome }) => [id, outcome])).toEqual([1, 2, 3].map(n => [drillId(n), "passed"]))
  expect(result.drills[1]?.checks.map(({ check }) => check)).toEqual([
    "signature",
    "files",
    "record",
    "events",
    "figures",
    "verdict",
    "report",
    "place",
  ])
  expect(result.drills[1]?.checks.at(-1)?.detail).toBe(`follows ${drillId(1)}`)
  expect(result.latest.map(({ id }) => id)).toEqual([drillId(3)])
})

it("verifies one drill by its id, and knows which there are", async () => {
  const { directory } = await prepared(2)
  expect((await verify(directory, drillId(2))).drills.map(({ id }) => id)).toEqual([drillId(2)])
  await expect(verify(directory, "op-nothing")).rejects.toMatchObject({ code: "DRILL_UNKNOWN" })
})

it("does not take nothing for evidence: where no drill is recorded there is nothing that holds", async () => {
  await expect(verify(repository())).rejects.toMatchObject({ code: "DRILL_NONE" })
  const { directory } = await prepared(1)
  const ofStaging = verifyDrills(openLedger(directory), { environment: "staging" }, simpleRules)
  await expect(ofStaging).rejects.toMatchObject({ code: "DRILL_NONE", message: expect.stringContaining("of staging") })
  git(directory, "branch", "-D", "chatops/ledger")
  await expect(verify(directory)).rejects.toMatchObject({ code: "DRILL_NONE" })
})

it("lays everything of a drill, and the record of its operation, into one commit", async () => {
  const { directory, state } = await prepared(1)
  const { keyId } = await signingKey(state)
  expect(git(directory, "show", "--name-only", "--format=", "chatops/ledger").split("\n")).toEqual([
    place(1, "events.jsonl.gz"),
    place(1, "record.json"),
    place(1, "report.html"),
    place(1, "statement.dsse.json"),
    `keys/drill/prod/${keyId}.pem`,
    `operations/2026/03/${drillId(1)}.json`,
  ])
  for (const name of git(directory, "ls-tree", "-r", "--name-only", "chatops/ledger").split("\n"))
    expect(git(directory, "show", `chatops/ledger:${name}`)).not.toContain("PRIVATE KEY")
})

describe("one byte", () => {
  it.each([
    ["events.jsonl.gz", ["DRILL_FILE_ALTERED"]],
    ["record.json", ["DRILL_FILE_ALTERED"]],
    ["report.html", ["DRILL_FILE_ALTERED", "DRILL_REPORT_DIFFERS"]],
  ])("of %s", async (file, codes) => {
    const { directory } = await prepared(1)
    forge(directory, at => flip(at(place(1, file)), 300 % readFileSync(at(place(1, file))).length))
    const found = findings(await verify(directory))
    expect(found).toEqual(expect.arrayContaining(codes.map(code => `${code} ${drillId(1)}/${file}`)))
  })

  it("of statement.dsse.json, wherever it is", async () => {
    const { directory } = await prepared(1)
    const length = Number(git(directory, "cat-file", "-s", `chatops/ledger:${place(1, "statement.dsse.json")}`))
    for (const at of [0, 20, Math.floor(length / 2), length - 160, length - 60, length - 6]) {
      git(directory, "branch", "--force", "kept", "chatops/ledger")
      forge(directory, file => flip(file(place(1, "statement.dsse.json")), at))
      const [signature] = (await verify(directory)).drills[0]?.checks ?? []
      // Whether it is a key's name, a signature or the form that breaks depends on the byte.
      const codes = /^DRILL_(FILE_ALTERED|SIGNATURE_WRONG|KEY_UNKNOWN)$/
      expect(signature).toMatchObject({ check: "signature", passed: false, code: expect.stringMatching(codes) })
      git(directory, "branch", "--force", "chatops/ledger", "kept")
    }
  })
})

it.each(["events.jsonl.gz", "record.json", "report.html", "statement.dsse.json"])("finds %s missing", async file => {
  const { directory } = await prepared(1)
  forge(directory, at => rmSync(at(place(1, file))))
  expect(findings(await verify(directory))).toContain(`DRILL_FILE_MISSING ${drillId(1)}/${file}`)
})

it("finds a file that nobody signed", async () => {
  const { directory } = await prepared(1)
  forge(directory, at => writeFileSync(at(place(1, "notes.txt")), "all went well"))
  expect(findings(await verify(directory))).toEqual([`DRILL_FILE_ALTERED ${drillId(1)}/notes.txt`])
})

describe("keys", () => {
  it("names one that is not in the ledger", async () => {
    const { directory, state } = await prepared(1)
    const { keyId } = await signingKey(state)
    forge(directory, at => rmSync(at(`keys/drill/prod/${keyId}.pem`)))
    expect(findings(await verify(directory))).toEqual([`DRILL_KEY_UNKNOWN prod/${keyId}.pem`])
  })

  it("names one that another key was put in the place of", async () => {
    const { directory, state } = await prepared(1)
    const { keyId } = await signingKey(state)
    const other = await signingKey(temporaryDirectory())
    forge(directory, at => writeFileSync(at(`keys/drill/prod/${keyId}.pem`), other.publicPem))
    const result = await verify(directory)
    expect(findings(result)).toEqual([`DRILL_KEY_UNKNOWN prod/${keyId}.pem`])
    expect(result.drills[0]?.checks[0]?.detail).toContain(other.keyId)
  })

  it("believes only those that an auditor brings", async () => {
    const { directory, state } = await prepared(1)
    const [own, other] = [await signingKey(state), await signingKey(temporaryDirectory())]
    const verifyWith = (pem: string) =>
      verifyDrills(openLedger(directory), { keys: [createPublicKey(pem)] }, simpleRules)
    expect(findings(await verifyWith(own.publicPem))).toEqual([])
    expect(findings(await verifyWith(other.publicPem))).toEqual([`DRILL_KEY_UNKNOWN prod/${own.keyId}.pem`])
  })

  it("may change: what an earlier one signed stays good", async () => {
    const { directory } = await prepared(1)
    await recordDrill(openLedger(directory), temporaryDirectory(), { id: drillId(2) })
    const result = await verify(directory)
    expect(findings(result)).toEqual([])
    expect(new Set(result.drills.map(({ keyId }) => keyId)).size).toBe(2)
  })

  it("find a signature that was taken from elsewhere", async () => {
    const { directory } = await prepared(2)
    forge(directory, at => {
      const [from, to] = [1, 2].map(number => at(place(number, "statement.dsse.json")))
      const { signatures } = JSON.parse(readFileSync(from ?? "", "utf8"))
      editJSON<Envelope>(to ?? "", envelope => {
        envelope.signatures = signatures
      })
    })
    expect(findings(await verify(directory))).toEqual([`DRILL_SIGNATURE_WRONG ${drillId(2)}/statement.dsse.json`])
  })
})

describe("a figure that was made better", () => {
  const better = (at: (path: string) => string) =>
    editJSON<DrillRecord>(at(place(1, "record.json")), ({ figures, verdict }) => {
      Object.assign(figures.recoveries[0] ?? {}, { rto: 12 })
      Object.assign(verdict.rto ?? {}, { came: 12 })
    })

  it("is found without the key, however well the digests were made to fit", async () => {
    const { directory } = await prepared(1)
    forge(directory, at => {
      better(at)
      restate(at(place(1, "")), (payload, before) => {
        const envelope = JSON.parse(before.toString())
        return Buffer.from(canonicalJSON({ ...envelope, payload: payload.toString("base64") }))
      })
    })
    const result = await verify(directory)
    expect(findings(result)).toEqual([
      `DRILL_SIGNATURE_WRONG ${drillId(1)}/statement.dsse.json`,
      `DRILL_FIGURES_DIFFER ${drillId(1)}/record.json`,
    ])
  })

  it("is found although it was signed, because it does not follow from the events", async () => {
    const { directory, state } = await prepared(1)
    const key = await signingKey(state)
    forge(directory, at => {
      better(at)
      restate(at(place(1, "")), payload => seal(payloadType, payload, key))
    })
    const result = await verify(directory)
    expect(findings(result)).toEqual([`DRILL_FIGURES_DIFFER ${drillId(1)}/record.json`])
    const told = result.drills[0]?.checks.find(({ passed }) => !passed)?.detail
    expect(told).toMatch(/^recoveries\[0\]\.rto: recorded 12, follows \d/)
  })

  it("is found when a later commit put it there, signed", async () => {
    const { directory, state } = await prepared(1)
    const key = await signingKey(state)
    tamper(directory, at =>
      restate(at(place(1, "")), payload => seal(payloadType, Buffer.concat([payload, Buffer.from(" ")]), key)),
    )
    expect(findings(await verify(directory))).toEqual([`DRILL_FILE_ALTERED ${drillId(1)}/statement.dsse.json`])
  })
})

it.each<[string, Partial<DrillRecord>]>([
  ["a verdict", { objectives: { rtoMs: 1, rpo: 0 } }],
  ["a reason to give the drill up", { aborted: "somebody said so" }],
])("finds %s that does not follow", async (_name, change) => {
  const { directory } = await prepared(1)
  forge(directory, at => editJSON<DrillRecord>(at(place(1, "record.json")), record => Object.assign(record, change)))
  expect(findings(await verify(directory))).toContain(`DRILL_VERDICT_DIFFERS ${drillId(1)}/record.json`)
})

it("does not render again what another version of chatops wrote", async () => {
  const { directory } = await prepared(1)
  const rules = { ...simpleRules, version: "9.9.9", renderReport: () => "rendered otherwise" }
  const result = await verifyDrills(openLedger(directory), {}, rules)
  expect(findings(result)).toEqual([])
  expect(result.drills[0]?.checks.find(({ check }) => check === "report")?.detail).toContain("not rendered again")
})
