import { describe, expect, it } from "vitest"
import { BackendHealth, type HealthEvidence } from "./backend-health.ts"

const settings = { failures: 2, ejection: 1_000 }
const failed = (at: number): HealthEvidence => ({ kind: "request-failed", at, reason: "ECONNRESET" })
const gone = (at: number): HealthEvidence => ({ kind: "gone", at, reason: "ECONNREFUSED" })
const checkFailed = (at: number): HealthEvidence => ({ kind: "check-failed", at, reason: "not ready (503)" })
const checkPassed = (at: number, startedAt = at): HealthEvidence => ({ kind: "check-passed", at, startedAt })
const succeeded = (at: number): HealthEvidence => ({ kind: "request-succeeded", at })

function after(...evidence: HealthEvidence[]) {
  const health = new BackendHealth()
  const changes = evidence.map(piece => health.record(piece, settings)?.kind)
  return { health, changes }
}

describe("health of a backend", () => {
  it("is available until something is known against it", () => {
    const { health } = after()
    expect(health.available(0)).toBe(true)
    expect(health.state(0)).toEqual({ state: "unknown", reason: undefined })
  })

  it.each([
    ["a refused connection ejects at once", [gone(0)], "ejected"],
    ["one failed request does not eject", [checkPassed(0), failed(1)], "healthy"],
    ["failures in a row eject", [failed(0), failed(1)], "ejected"],
    ["a success in between starts the count again", [checkPassed(0), failed(1), succeeded(2), failed(3)], "healthy"],
    ["one failed check of a healthy backend changes nothing", [checkPassed(0), checkFailed(1)], "healthy"],
    ["failed checks in a row make it unhealthy", [checkPassed(0), checkFailed(1), checkFailed(2)], "unhealthy"],
    ["the first check ever counts at once", [checkFailed(0)], "unhealthy"],
    ["a passing check brings it back", [checkFailed(0), checkPassed(1)], "healthy"],
    ["a passing check ends an ejection early", [gone(0), checkPassed(5, 1)], "healthy"],
    ["a check that began before the ejection does not", [gone(3), checkPassed(5, 1)], "ejected"],
  ] as const)("%s", (_name, evidence, state) => {
    expect(after(...evidence).health.state(10).state).toBe(state)
  })

  it("doubles the ejection each time, up to sixteen times the first", () => {
    const health = new BackendHealth()
    const lengths: number[] = []
    let now = 0
    for (let time = 0; time < 7; time++) {
      const change = health.record(gone(now), settings)
      if (change?.kind !== "ejected") throw new Error("not ejected")
      lengths.push(change.milliseconds)
      expect(health.available(now + change.milliseconds - 1)).toBe(false)
      now += change.milliseconds
      expect(health.available(now)).toBe(true)
    }
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000])
  })

  it("begins again with the first ejection after a long time without one", () => {
    const health = new BackendHealth()
    health.record(gone(0), settings)
    health.record(gone(1_000), settings)
    expect(health.record(gone(100_000), settings)).toMatchObject({ milliseconds: 1_000 })
  })

  it("tells each change once, with its reason", () => {
    const { changes } = after(checkPassed(0), gone(1), gone(2), failed(3), checkPassed(4), checkPassed(5))
    expect(changes).toEqual([undefined, "ejected", undefined, undefined, "recovered", undefined])
  })

  it("tells of a recovery that a request shows after the ejection has run out", () => {
    const { changes } = after(gone(0), succeeded(500), succeeded(1_000))
    expect(changes).toEqual(["ejected", undefined, "recovered"])
  })
})
