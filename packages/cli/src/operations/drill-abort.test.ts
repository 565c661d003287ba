import type { AbortWhen, Scenario } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { abortWords, patienceOf, withAbortWhen } from "./drill-abort.ts"

const scenario = (abortWhen?: AbortWhen) => ({ name: "monday", ...(abortWhen && { abortWhen }) }) as Scenario

it.each<[string, AbortWhen | undefined, Partial<AbortWhen>, boolean, AbortWhen | undefined]>([
  ["has none", undefined, {}, false, undefined],
  ["what it says itself", { failed: 9 }, {}, false, { failed: 9 }],
  ["what is asked for", undefined, { unansweredFor: 5 }, false, { unansweredFor: 5 }],
  ["what is asked for over what it says", { unansweredFor: 9 }, { unansweredFor: 5 }, false, { unansweredFor: 5 }],
  ["both, where they differ", { failed: 9 }, { unansweredFor: 5 }, false, { failed: 9, unansweredFor: 5 }],
  ["thirty seconds in production", undefined, {}, true, { unansweredFor: 30 }],
  ["thirty seconds in production beside another condition", { failed: 9 }, {}, true, { failed: 9, unansweredFor: 30 }],
  ["what is asked for in production", undefined, { unansweredFor: 600 }, true, { unansweredFor: 600 }],
])("a scenario is given up by its conditions: %s", (_what, own, asked, yesProduction, expected) => {
  expect(withAbortWhen(scenario(own), asked, yesProduction).abortWhen).toEqual(expected)
})

it("says when it gives up", () => {
  expect(abortWords({})).toBe("")
  expect(abortWords({ abortWhen: { unansweredFor: 30, failed: 1 } })).toBe(
    ", giving up once nothing was answered for 30 s or a request failed",
  )
})

it.each([
  ["60s", 60],
  ["500ms", 0.5],
  ["2m", 120],
  ["1h", 3_600],
  ["1.5s", 1.5],
  ["61m", undefined],
  ["0s", undefined],
  ["60", undefined],
  ["-5s", undefined],
  ["soon", undefined],
])("reads %s as %s seconds", (text, expected) => {
  expect(patienceOf(text)).toBe(expected)
})
