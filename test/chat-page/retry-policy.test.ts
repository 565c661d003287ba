import { retryableCodes as contractCodes } from "@chatops/runtime/contract"
import { describe, expect, it } from "vitest"
import { pageModule } from "./support/page-module.ts"

interface RetryPolicy {
  nextStep(failure: object, attempt: number, random: number): { kind: string; delay?: number; again?: boolean }
  readonly retryableCodes: ReadonlySet<string>
  readonly tries: number
}

const { nextStep, retryableCodes, tries } = await pageModule<RetryPolicy>("retry-policy.js")
const refused = (status: number, code: string | null = null, retryAfter: number | null = null) => ({
  kind: "refused",
  status,
  code,
  message: "",
  retryAfter,
})
const broken = (code: string | null, retryable: boolean) => ({ kind: "broken", code, message: "", retryable })

describe("retry policy of the chat page", () => {
  it("knows the retryable codes of the contract", () => {
    expect([...retryableCodes].sort()).toEqual([...contractCodes].sort())
  })

  it.each([
    ["a lost connection", { kind: "connection" }, "repeat"],
    ["an error event marked retryable", broken("something_new", true), "repeat"],
    ["an error event with a retryable code", broken("stream_interrupted", false), "repeat"],
    ["another error event", broken("internal_error", false), "give-up"],
    ["503 with a retryable code", refused(503, "database_unavailable"), "repeat"],
    ["502 from a proxy", refused(502), "repeat"],
    ["429", refused(429), "repeat"],
    ["500", refused(500, "internal_error"), "give-up"],
    ["500 without a code", refused(500), "give-up"],
    ["400", refused(400, "invalid_value"), "give-up"],
    ["422", refused(422, "idempotency_key_reused"), "give-up"],
    ["401", refused(401, "invalid_api_key"), "sign-in"],
  ])("%s", (_name, failure, kind) => {
    expect(nextStep(failure, 1, 0).kind).toBe(kind)
  })

  it("offers another try for what is the server's fault only", () => {
    expect(nextStep(refused(500, "internal_error"), 1, 0).again).toBe(true)
    expect(nextStep(refused(413, "body_too_large"), 1, 0).again).toBe(false)
  })

  it("waits longer each time, up to a limit, half of it at random", () => {
    const delays = (random: number) =>
      Array.from({ length: tries - 1 }, (_, at) => nextStep({ kind: "connection" }, at + 1, random).delay)
    expect(delays(0)).toEqual([200, 400, 800, 1_600, 3_200, 4_000, 4_000])
    expect(delays(1)).toEqual([400, 800, 1_600, 3_200, 6_400, 8_000, 8_000])
    expect(nextStep({ kind: "connection" }, tries, 0).kind).toBe("give-up")
  })

  it("waits at least as long as the server asks, within reason", () => {
    expect(nextStep(refused(429, null, 5_000), 1, 0).delay).toBe(5_000)
    expect(nextStep(refused(429, null, 3_600_000), 1, 0).delay).toBe(30_000)
  })
})
