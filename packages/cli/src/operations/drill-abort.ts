import type { AbortWhen, Scenario } from "@chatops/stacks/drill"

/** Seconds after which users have waited long enough, where an environment may be in production and nobody says more. */
const productionPatience = 30
/** Of a scenario's `unansweredFor`, in seconds. */
const longest = 3_600

const seconds = { ms: 0.001, s: 1, m: 60, h: 3_600 } as const

/** Seconds that a text such as `500ms`, `60s` or `2m` names, up to an hour; undefined for any other text. */
export function patienceOf(text: string): number | undefined {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const named = Number.parseFloat(amount) * seconds[unit as keyof typeof seconds]
  return named > 0 && named <= longest ? named : undefined
}

/** The scenario with what was asked for over its own conditions; in production users never wait for longer than that. */
export function withAbortWhen(scenario: Scenario, asked: Partial<AbortWhen>, yesProduction: boolean): Scenario {
  const usual = yesProduction ? { unansweredFor: productionPatience } : {}
  const abortWhen = { ...usual, ...scenario.abortWhen, ...asked }
  return Object.keys(abortWhen).length > 0 ? { ...scenario, abortWhen } : scenario
}

/** As part of a question; empty without conditions. */
export function abortWords({ abortWhen: { unansweredFor, failed } = {} }: Pick<Scenario, "abortWhen">): string {
  const conditions = [
    ...(unansweredFor === undefined ? [] : [`nothing was answered for ${unansweredFor} s`]),
    ...(failed === undefined ? [] : [failed === 1 ? "a request failed" : `${failed} requests failed`]),
  ]
  return conditions.length === 0 ? "" : `, giving up once ${conditions.join(" or ")}`
}
