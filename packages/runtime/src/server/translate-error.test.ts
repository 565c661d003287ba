import { describe, expect, test } from "vitest"
import { retryableCodes } from "../contract/index.ts"
import { CommitUnknown, DatabaseBusy, DatabaseUnavailable } from "../database/index.ts"
import { UpstreamError } from "../model/index.ts"
import { translateError } from "./translate-error.ts"

const upstream = (code: UpstreamError["code"], details: Partial<ConstructorParameters<typeof UpstreamError>[2]> = {}) =>
  new UpstreamError(code, "What happened.", { upstream: "acme-ai", retryable: true, ...details })

describe("an error that a request ends with", () => {
  test.each<[string, Error, number, boolean, number | undefined]>([
    [
      "upstream_misconfigured",
      upstream("upstream_misconfigured", { status: 401, retryable: false }),
      502,
      false,
      undefined,
    ],
    ["upstream_busy", upstream("upstream_busy", { status: 429, retryAfter: 6_100 }), 429, true, 7],
    ["upstream_busy", upstream("upstream_busy", { status: 429 }), 429, true, 1],
    ["upstream_timeout", upstream("upstream_timeout"), 504, true, undefined],
    ["upstream_failed", upstream("upstream_failed"), 502, true, undefined],
    ["overloaded", new DatabaseBusy("Busy."), 503, true, 1],
    ["database_unavailable", new DatabaseUnavailable("Gone."), 503, true, 1],
    ["commit_unknown", new CommitUnknown("Who knows."), 503, true, 1],
  ])("%s is told with its status, and whether and when a repeat may help", (code, error, status, retryable, after) => {
    const answer = translateError(error)
    expect([answer.client.code, answer.status, answer.retryAfter]).toEqual([code, status, after])
    expect(retryableCodes.has(code as "overloaded")).toBe(retryable)
  })

  test("that is the settings' fault names the upstream and what to look at", () => {
    const tried = [
      { upstream: "acme-ai", status: 404 },
      { upstream: "other-ai", status: 401 },
    ]
    const { client } = translateError(upstream("upstream_misconfigured", { retryable: false, tried }))
    expect(client.message).toMatch(/'acme-ai' answered 404.*'other-ai' answered 401.*API key, base URL and model/)
    expect(client.message).not.toContain("What happened.")
  })
})
