import type { GatewayBackendStatus, GatewaySettings } from "../../contract/index.ts"

export type HealthSettings = Pick<GatewaySettings["health"], "failures" | "ejection">

/** Something that a request or a check learned about a backend. `at` and `startedAt` in milliseconds. */
export type HealthEvidence =
  | { readonly kind: "check-passed"; readonly at: number; readonly startedAt: number }
  | { readonly kind: "check-failed"; readonly at: number; readonly reason: string }
  | { readonly kind: "request-succeeded"; readonly at: number }
  | { readonly kind: "request-failed"; readonly at: number; readonly reason: string }
  /** It says that it is stopping, or nobody listens there: no need to wait for a second time. */
  | { readonly kind: "gone"; readonly at: number; readonly reason: string }

/** What the evidence changed, if anything. */
export type HealthChange =
  | { readonly kind: "ejected"; readonly reason: string; readonly milliseconds: number }
  | { readonly kind: "unhealthy"; readonly reason: string }
  | { readonly kind: "recovered" }
  | undefined

/**
 * Health of one backend: active checks make it healthy or unhealthy, failed requests eject it for a time that doubles.
 * An ejection ends when its time is over or when a check passes that began after it.
 */
export class BackendHealth {
  #checked: "unknown" | "passing" | "failing" = "unknown"
  #checkFailures = 0
  #requestFailures = 0
  #reason: string | undefined
  /** Was taken out, and nothing has yet shown that it is back. */
  #down = false
  #ejections = 0
  #ejectedAt = Number.NEGATIVE_INFINITY
  #ejectedUntil = Number.NEGATIVE_INFINITY

  record(evidence: HealthEvidence, settings: HealthSettings): HealthChange {
    switch (evidence.kind) {
      case "check-passed":
        return this.#checkPassed(evidence.at, evidence.startedAt)
      case "check-failed":
        return this.#checkFailed(evidence.reason, settings)
      case "request-succeeded":
        this.#requestFailures = 0
        return this.#recoveredAt(evidence.at)
      case "request-failed":
        this.#requestFailures += 1
        if (this.#requestFailures < settings.failures) return undefined
        return this.#eject(evidence.at, evidence.reason, settings)
      case "gone":
        return this.#eject(evidence.at, evidence.reason, settings)
    }
  }

  /** An unknown backend may be used: nothing is held against it yet. */
  available(now: number): boolean {
    return this.#checked !== "failing" && now >= this.#ejectedUntil
  }

  state(now: number): { state: GatewayBackendStatus["state"]; reason: string | undefined } {
    if (now < this.#ejectedUntil) return { state: "ejected", reason: this.#reason }
    if (this.#checked === "failing") return { state: "unhealthy", reason: this.#reason }
    return { state: this.#checked === "unknown" ? "unknown" : "healthy", reason: undefined }
  }

  #checkPassed(at: number, startedAt: number): HealthChange {
    this.#checkFailures = 0
    this.#checked = "passing"
    if (startedAt > this.#ejectedAt && at < this.#ejectedUntil) {
      this.#ejectedUntil = at
      this.#requestFailures = 0
    }
    return this.#recoveredAt(at)
  }

  #recoveredAt(at: number): HealthChange {
    if (!this.#down || !this.available(at)) return undefined
    this.#down = false
    return { kind: "recovered" }
  }

  #checkFailed(reason: string, settings: HealthSettings): HealthChange {
    this.#checkFailures += 1
    this.#reason = reason
    if (this.#checked === "failing") return undefined
    if (this.#checked === "passing" && this.#checkFailures < settings.failures) return undefined
    this.#checked = "failing"
    this.#down = true
    return { kind: "unhealthy", reason }
  }

  #eject(at: number, reason: string, settings: HealthSettings): HealthChange {
    this.#reason = reason
    this.#requestFailures = 0
    if (at < this.#ejectedUntil) return undefined
    if (at - this.#ejectedUntil > longestFactor * settings.ejection) this.#ejections = 0
    const milliseconds = settings.ejection * Math.min(2 ** this.#ejections, longestFactor)
    this.#ejections += 1
    this.#ejectedAt = at
    this.#ejectedUntil = at + milliseconds
    this.#down = true
    return { kind: "ejected", reason, milliseconds }
  }
}

/** Longest ejection, in first ejections; a backend that was fine for as long starts again from the first. */
const longestFactor = 16
