import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeEvidence, signingKey, verifyDrills } from "../../../packages/cli/src/drill/evidence/index.ts"
import { parseEvents } from "../../../packages/cli/src/drill/evidence/raw-events.ts"
import { presentRules } from "../../../packages/cli/src/drill/present-rules.ts"
import { sampleAccount } from "../../../packages/cli/src/drill/testing/sample-account.ts"
import { linesOf, sampleEvents, sampleScenario } from "../../../packages/cli/src/drill/testing/sample-drill.ts"
import { openLedger } from "../../../packages/cli/src/ledger/index.ts"
import type { Figure } from "../figure.ts"
import { atMost } from "./statistics.ts"

const least = 100_000

/** From the lines that clients recorded to a report that is signed, in the ledger, and verified from there. */
export async function measureEvidence(): Promise<Figure[]> {
  const lines = linesOf(sampleEvents({ ...sampleScenario.load, turnsPerSecond: 440 }))
  const home = mkdtempSync(join(tmpdir(), "chatops-bench-"))
  try {
    execFileSync("git", ["init", "--quiet", home])
    const ledger = openLedger(home)
    const began = performance.now()
    const events = parseEvents(lines)
    const account = sampleAccount({ events, lines, figures: presentRules.figuresOf(events) })
    const { renderReport } = presentRules
    const means = { view: await ledger.view(), key: await signingKey(join(home, "state")), renderReport }
    const { files } = await makeEvidence(account, means)
    const made = performance.now()
    const { id, app, environment, beganAt, endedAt, actor } = account
    await ledger.append(
      {
        ...{ schema: 1, id, kind: "drill", app, environment, startedAt: beganAt, finishedAt: endedAt, actor },
        ...{ outcome: "succeeded", commit: null, dirty: false, steps: [], summary: "passed", result: {} },
      },
      { files },
    )
    const kept = performance.now()
    const { passed } = await verifyDrills(ledger, {}, presentRules)
    const verified = performance.now()
    if (!passed || events.length < least) throw new Error("what was measured is not what was meant")
    const seconds = (name: string, from: number, to: number): Figure => ({
      name: `evidence: ${name}`,
      value: (to - from) / 1_000,
      unit: "s",
    })
    return [
      { name: "evidence: raw events", value: events.length, unit: "events" },
      seconds("read, judged, rendered, signed", began, made),
      seconds("into the ledger", made, kept),
      seconds("verified from the ledger", kept, verified),
      { ...seconds("altogether", began, verified), limit: atMost(5) },
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
