import { describe, expect, it } from "vitest"
import { makeEvidence, signingKey } from "../drill/evidence/index.ts"
import { summaryOf } from "../drill/evidence/read-records.ts"
import { simpleRules } from "../drill/testing/recorded-drills.ts"
import { sampleAccount } from "../drill/testing/sample-account.ts"
import { sampleScenario } from "../drill/testing/sample-drill.ts"
import { plain } from "../testing/plain.ts"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { renderDrill, renderDrillLine, renderDrillList } from "./drill.ts"

async function recorded(changes: Parameters<typeof sampleAccount>[0] = {}) {
  const view = { commit: null, files: () => [], read: async () => new Map(), history: async () => [] }
  const means = { view, key: await signingKey(scratchDirectory()), renderReport: simpleRules.renderReport }
  return (await makeEvidence(sampleAccount(changes), means)).record
}

describe("drills in a terminal", () => {
  it("are one line each in a list", async () => {
    const drills = [summaryOf(await recorded()), summaryOf(await recorded({ objectives: { rtoMs: 10, rpo: 0 } }))]
    const [first, second] = plain(renderDrillList(drills))
    expect(first).toMatch(
      /^✔ 2026-03-01 10:01 {2}prod {5}passed {3}RTO {2}1\.\d\d s ✔ {2}0 lost ✔ {2}lose-primary-region, seed 20260301 {2}ada@laptop · op-/,
    )
    expect(second).toMatch(/^✖ .*missed .* RTO .* s ✖ {2}0 lost ✔/)
    const [without] = plain(renderDrillList([summaryOf(await recorded({ objectives: null }))]))
    expect(without).toMatch(/ s {2}0 lost {2}lose/)
    expect(renderDrillList([])).toHaveLength(1)
  })

  it("that were drawn say of which seed, and what", async () => {
    const drill = await recorded({ scenario: { ...sampleScenario, name: "random", seed: 7 } })
    const whole = "seed 7: kill-region east"
    expect(plain([renderDrillLine(drill)]).join()).toContain(`random of prod, ${whole}  RTO`)
    expect(plain(renderDrillList([summaryOf(drill)])).join()).toContain(`random, ${whole}`)
    expect(plain(renderDrill(drill)).join()).toContain(`ada@laptop · ${whole}`)
    expect(plain(renderDrill(await recorded())).join("\n")).toMatch(/ada@laptop · seed 20260301\n/)
  })

  it("that were given up say why", async () => {
    const { events } = sampleAccount()
    const drill = await recorded({
      events: [...events, { event: "aborted", at: 16_000, reason: "9 requests had failed" }],
    })
    expect(plain(renderDrill(drill)).join("\n")).toMatch(/of prod: aborted\n.*\ngiven up: 9 requests had failed\n/)
  })

  it("in which the clock jumped say so", async () => {
    const { events } = sampleAccount()
    const drill = await recorded({ events: [...events, { event: "clock-jumped", at: 16_000, by: 3_600_000 }] })
    expect(plain(renderDrill(drill)).join("\n")).toContain("the clock jumped forward by 60 min at +16.000 s")
  })

  it("whose service never came back say so", async () => {
    const { figures } = sampleAccount()
    const recoveries = figures.recoveries.map(recovery => ({ ...recovery, rto: null, redundant: null }))
    const lines = plain(renderDrill(await recorded({ figures: { ...figures, recoveries } }))).join("\n")
    expect(lines).toMatch(/kill-region east: its pause never ended \(.*\); not redundant again before the end/)
  })

  it("tell their recoveries, objectives and broken promises", async () => {
    const { figures } = sampleAccount()
    const violations = [{ rule: "lost", detail: "request 7 is not read back", at: 1 }]
    const recoveries = figures.recoveries.map(recovery => ({ ...recovery, rto: 2_500 }))
    const came = { ...figures, recoveries, violations }
    const record = await recorded({ figures: came, objectives: { rtoMs: 1_000, rpo: 0 } })
    const lines = plain(renderDrill(record)).join("\n")
    expect(lines).toContain("✖ lose-primary-region of prod: violated")
    expect(lines).toMatch(
      /kill-region east: longest pause 2\.50 s \(detected 620 ms, claimed 870 ms, promoted 1\.31 s, first byte 1\.\d\d s, acknowledged 1\.\d\d s\); redundant again after 38\.0 s/,
    )
    expect(lines).toMatch(/, 0 lost, 0 doubled, 0 out of order; 0 requests failed/)
    expect(lines).toMatch(/\d+ streams begun, \d+ broken: \d+ retried, 0 resumed/)
    expect(lines).toMatch(/✖ RTO 2\.50 s, objective 1\.00 s\n✔ RPO 0 turns lost, objective 0\n✖ lost: request 7/)
  })
})
