import { type DrillEvent, figuresOf } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { type DrillAccount, makeEvidence, signingKey } from "../evidence/index.ts"
import { sampleAccount } from "../testing/sample-account.ts"
import { linesOf, sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { renderReport } from "./render-report.ts"

const emptyLedger = { commit: null, files: () => [], read: async () => new Map(), history: async () => [] }
const few = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 2 })

async function rendered(changes: Partial<DrillAccount> = {}): Promise<string> {
  const account = sampleAccount({ events: few, ...changes })
  const means = { view: emptyLedger, key: await signingKey(scratchDirectory()), renderReport }
  const { record } = await makeEvidence(account, means)
  expect(renderReport(record, account.events)).toBe(renderReport(structuredClone(record), [...account.events]))
  return renderReport(record, account.events)
}

it("asks nothing of anybody: no script, no address", async () => {
  const report = await rendered()
  expect(report).not.toMatch(/<script|<link|<img|<iframe|url\(|@import|https?:|\son\w+=/i)
})

it("says what it came to, and how to repeat and verify it", async () => {
  const report = await rendered()
  expect(report).toContain('data-outcome="passed"')
  expect(report).toContain("chatops drill verify op-20260301-100000000-aaaaaa --env prod")
  expect(report).toContain("&quot;seed&quot;: 20260301")
})

const violation = { rule: "one-primary-an-epoch", detail: "east and west acknowledged at epoch 2", at: 16_000 }
const figures = figuresOf(few)

it.each<[string, Partial<DrillAccount>, readonly string[]]>([
  ["missed", { objectives: { rtoMs: 100, rpo: 0 } }, ["Objective missed", "✗ objective ≤ 100 ms"]],
  [
    "violated",
    { figures: { ...figures, violations: [violation] } },
    ["Promise broken", violation.rule, violation.detail],
  ],
  ["passed", { objectives: null }, ["Passed", "no objective"]],
  [
    "missed",
    { figures: { ...figures, recoveries: figures.recoveries.map(each => ({ ...each, rto: null, redundant: null })) } },
    ["turns were not acknowledged again", "never", "not before the end"],
  ],
])("shows a drill that %s", async (outcome, changes, words) => {
  const report = await rendered(changes)
  for (const word of [`data-outcome="${outcome}"`, ...words]) expect(report).toContain(word)
})

it("tells the first acknowledged turn from the longest pause", async () => {
  const recoveries = figures.recoveries.map(each => ({ ...each, acknowledged: 1_300, rto: 7_700 }))
  const report = await rendered({ figures: { ...figures, recoveries } })
  const [, table = ""] = /Recovery, from the moment.*?<thead>(.*?)<\/tbody>/s.exec(report) ?? []
  const cells = [...table.matchAll(/<t[hd][^>]*>(?:<strong[^>]*>)?([^<]*)/g)].map(([, text]) => text)
  const under = (name: string) => cells[cells.indexOf(name) + cells.length / 2]
  expect([under("First acknowledged turn"), under("Longest pause (RTO)")]).toEqual(["1.30 s", "7.70 s"])
  expect(report).toContain("the longest pause was 7.70 s")
})

it("says that the drill itself asked for the failover, where nobody else would have", async () => {
  const byWatcher = await rendered()
  const asked = few.map(event =>
    event.event === "noticed" && event.by === "watcher" ? { ...event, by: "drill" } : event,
  )
  const words = "the drill itself asked for the failover"
  expect([byWatcher.includes(words), (await rendered({ events: asked })).includes(words)]).toEqual([false, true])
})

it("shows a drill that was given up before anything happened, and why", async () => {
  const events: readonly DrillEvent[] = [{ event: "aborted", at: 12, reason: "Ctrl-C <now>" }]
  const report = await rendered({ events, lines: linesOf(events), figures: figuresOf(events) })
  expect(report).toContain('data-outcome="aborted"')
  expect(report).toContain("Given up: Ctrl-C &lt;now&gt;.")
})

it("says that the clock jumped, and what cannot be told because of it", async () => {
  const events: readonly DrillEvent[] = [
    ...few,
    { event: "clock-jumped", at: 16_000, by: -3_600_000 },
    { event: "undated", at: 1_000_000, by: "west", what: "promoted", epoch: 2 },
  ]
  const report = await rendered({ events, lines: linesOf(events), figures: figuresOf(events) })
  expect(report).toContain("the clock jumped back by 60 min at +16.000 s")
  expect(report).toContain("when west promoted cannot be said, because the clock jumped")
})

it("takes any text from outside for text", async () => {
  const hostile = `"><script>hack()</script><b x='`
  const events = few.map((event): DrillEvent => {
    if (event.event === "acknowledged") return { ...event, region: hostile }
    if (event.event === "failed") return { ...event, code: hostile }
    if (event.event === "noticed" && event.by !== "watcher") return { ...event, by: hostile, detail: hostile }
    if (event.event === "fault-made" || event.event === "fault-healed")
      return { ...event, fault: { kind: "kill-region", region: hostile } }
    return event
  })
  const scenario = { ...sampleScenario, summary: hostile }
  const names = { app: hostile, actor: hostile, releases: [hostile], target: hostile, scenario }
  const report = await rendered({
    ...names,
    events,
    figures: { ...figuresOf(events), violations: [{ ...violation, rule: hostile, detail: hostile }] },
  })
  expect(report).toContain("&lt;script&gt;hack()")
  expect(report).not.toMatch(/<script|<b x|"><[a-z]+>hack/)
})
