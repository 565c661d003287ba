import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { type Ledger, openLedger } from "../../ledger/index.ts"
import { repository, temporaryDirectory, useGitConfig } from "../../ledger/testing/repository.ts"
import { presentRules } from "../present-rules.ts"
import { drillId, recordDrill } from "../testing/recorded-drills.ts"
import { sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { place, restated } from "../testing/tamper.ts"
import { canonicalJSON } from "./canonical-json.ts"
import type { DrillRecord } from "./drill-record.ts"
import { seal } from "./dsse.ts"
import { signingKey } from "./signing-key.ts"
import { payloadType } from "./statement.ts"
import { verifyDrills } from "./verify-drills.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

type Path = readonly (string | number)[]

/** Paths to whatever holds nothing else. */
const leavesOf = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== "object" || value === null) return [path]
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return keys.flatMap(key => leavesOf((value as Record<string | number, unknown>)[key], [...path, key]))
}

/** As findings tell it: `recoveries[0].rto`. */
const told = (path: Path): string =>
  path
    .map(step => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1)

/** The same, with another value of the same kind there. */
function altered<Value>(value: Value, [key, ...rest]: Path): Value {
  if (key === undefined) return another(value) as Value
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>
  copy[key] = altered(copy[key], rest)
  return copy as Value
}

function another(value: unknown): unknown {
  if (typeof value === "number") return value + 1
  return typeof value === "boolean" ? !value : value === null ? 1 : `${value}x`
}

/** A drill in which a turn was lost, so that there is a violation; and what the ledger says where its record is another. */
async function recorded() {
  const [directory, state] = [repository(), temporaryDirectory()]
  const events = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 1 }).map(event =>
    event.event === "read-back" ? { ...event, turns: event.turns.filter(({ request }) => request !== 7) } : event,
  )
  const figures = presentRules.figuresOf(events)
  const ledger = openLedger(directory)
  const { record } = await recordDrill(ledger, state, { id: drillId(1), events, figures }, presentRules)
  const [entries, view, key] = [await ledger.entries({ limit: 9 }), await ledger.view(), await signingKey(state)]
  const files = await view.read([...view.files("drills"), ...view.files("keys")])
  const history = await view.history("drills")
  const verifiedWith = async (changed: DrillRecord) => {
    const [recordPath, statementPath] = [place(1, "record.json"), place(1, "statement.dsse.json")]
    const content = Buffer.from(canonicalJSON(changed))
    const statement = restated(files.get(statementPath) ?? Buffer.of(), content, payload =>
      seal(payloadType, payload, key),
    )
    const now = new Map([...files, [recordPath, content], [statementPath, statement]])
    const read = async (paths: readonly string[]) => new Map([...now].filter(([path]) => paths.includes(path)))
    const forged: Ledger = {
      ...ledger,
      entries: async () => entries,
      view: async () => ({ ...view, read, history: async () => history }),
    }
    const { drills } = await verifyDrills(forged, {}, presentRules)
    return drills[0]?.checks.filter(({ passed }) => !passed) ?? []
  }
  return { record, verifiedWith }
}

it("finds every single number of figures and verdict that does not follow, though it was signed with the right key", async () => {
  const { record, verifiedWith } = await recorded()
  expect(await verifiedWith(record)).toEqual([])
  const { figures, verdict } = record
  const leaves = [
    ...leavesOf(figures).map(path => ({ path: ["figures", ...path], name: told(path), code: "DRILL_FIGURES_DIFFER" })),
    ...leavesOf({ verdict }).map(path => ({ path, name: told(path), code: "DRILL_VERDICT_DIFFERS" })),
  ]
  // None is left out: every figure has a value in this drill.
  expect(leaves.length).toBeGreaterThan(45)
  expect(leaves.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["recoveries[0].rto", "violations[0].at", "verdict.rto.came"]),
  )
  for (const { path, name, code } of leaves) {
    const checks = await verifiedWith(altered(record, path))
    const found = checks.filter(check => "code" in check && check.code === code).map(({ detail }) => detail)
    expect(
      found.some(detail => detail.startsWith(`${name}: recorded `)),
      `${name}: ${found}`,
    ).toBe(true)
    expect(checks.map(({ check }) => check)).not.toContain("signature")
    expect(checks.map(({ check }) => check)).not.toContain("files")
  }
})
