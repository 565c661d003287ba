import * as z from "zod"
import { nearestSpelling } from "../errors/nearest-spelling.ts"
import type { Finding, KeyPath } from "./finding.ts"
import { received } from "./received.ts"

/**
 * What no single key can tell: keys that contradict each other. Works on the unvalidated value, so that these problems
 * are reported together with all others; what has the wrong type is not looked at here.
 */
export function impossibleCombinations(value: unknown): readonly Finding[] {
  const { chat, environments } = view.parse(value)
  return [
    ...chat.upstreams.flatMap((upstream, index) => upstreamProblems(upstream, ["chat", "upstreams", index])),
    ...repeatedNames(chat.upstreams),
    ...Object.entries(environments).flatMap(([name, environment]) =>
      environmentProblems(environment, ["environments", name]),
    ),
  ]
}

function upstreamProblems(upstream: Upstream, path: KeyPath): readonly Finding[] {
  const remote = "baseURL" in upstream
  const simulated = "simulator" in upstream
  const expected = "either `baseURL` or `simulator`"
  if (!remote && !simulated && Object.keys(upstream).length > 0)
    return [{ path, anchor: "key", message: `an upstream needs ${expected}`, expected, received: "neither" }]
  if (remote && simulated)
    return [
      {
        path: [...path, "simulator"],
        anchor: "key",
        message: `an upstream has ${expected}, not both`,
        expected,
        received: "both",
      },
    ]
  if (simulated && "apiKey" in upstream)
    return [
      {
        path: [...path, "apiKey"],
        anchor: "key",
        message: "the simulator takes no key",
        expected: "no `apiKey`",
        received: "a map",
      },
    ]
  return []
}

function repeatedNames(upstreams: readonly Upstream[]): readonly Finding[] {
  const names = upstreams.map(upstream => upstream["name"])
  return names.flatMap((name, index): Finding[] => {
    if (typeof name !== "string" || names.indexOf(name) === index) return []
    const message = `another upstream is already called ${received(name)}`
    return [
      {
        path: ["chat", "upstreams", index, "name"],
        anchor: "value",
        message,
        expected: "a name of its own",
        received: received(name),
      },
    ]
  })
}

function environmentProblems(environment: Environment, path: KeyPath): readonly Finding[] {
  const { regions, primary } = environment
  const names = Object.keys(regions).filter(name => name !== "")
  const findings: Finding[] = [
    ...durabilityProblems(environment, names, path),
    ...failoverProblems(environment, names, path),
    ...receiverProblems(environment, path),
  ]
  if (primary !== undefined && names.length > 0 && !names.includes(primary)) {
    const expected = `one of the regions, ${names.map(name => `\`${name}\``).join(" or ")}`
    const message = `expected ${expected}; got ${received(primary)}`
    const suggestion = nearestSpelling(primary, names)
    findings.push({
      path: [...path, "primary"],
      anchor: "value",
      message,
      expected,
      received: received(primary),
      suggestion,
    })
  }
  if (names.length > 0 && Object.values(regions).every(region => region.weight === 0)) {
    const message = "every region has weight 0, so that nobody would be served; expected a region with weight"
    findings.push({
      path: [...path, "regions"],
      anchor: "key",
      message,
      expected: "a region with a weight above 0",
      received: "0 for all",
    })
  }
  return findings
}

function receiverProblems({ notify }: Environment, path: KeyPath): readonly Finding[] {
  const urls = notify.map(receiver => receiver["url"])
  return urls.flatMap((url, index): Finding[] => {
    if (typeof url !== "string" || urls.indexOf(url) === index) return []
    const message = "another receiver already has this address"
    const at = { path: [...path, "notify", index, "url"], anchor: "value" } as const
    return [{ ...at, message, expected: "an address of its own", received: "the same address" }]
  })
}

function durabilityProblems(environment: Environment, regions: readonly string[], path: KeyPath): readonly Finding[] {
  const { durability, "on-standby-loss": onLoss } = environment
  if (durability === "zero-loss" && regions.length === 1) {
    const message =
      "`zero-loss` keeps every turn in two regions, and there is one; expected a second region, or `async`"
    const [expected, received] = ["a second region, or `async`", "one region"]
    return [{ path: [...path, "durability"], anchor: "value", message, expected, received }]
  }
  if (durability === "async" && onLoss !== undefined) {
    const message =
      "`on-standby-loss` says what happens when the standby in sync is lost, and with `durability: async` none is in sync"
    const [expected, got] = ["no `on-standby-loss`, or `durability: zero-loss`", received(onLoss)]
    return [{ path: [...path, "on-standby-loss"], anchor: "key", message, expected, received: got }]
  }
  return []
}

function failoverProblems({ failover }: Environment, names: readonly string[], path: KeyPath): readonly Finding[] {
  if (failover !== "automatic" || names.length !== 1) return []
  const message = "there is one region, and no other that could take over; expected `manual`, or a second region"
  const [expected, received] = ["`manual`, or a second region", "automatic"]
  return [{ path: [...path, "failover"], anchor: "value", message, expected, received }]
}

const map = z.record(z.string(), z.unknown()).catch({})
const environmentView = z.object({
  regions: z
    .record(z.string(), z.object({ weight: z.number().optional().catch(undefined) }).catch({ weight: undefined }))
    .catch({}),
  primary: z.string().optional().catch(undefined),
  durability: z.unknown().optional(),
  "on-standby-loss": z.unknown().optional(),
  failover: z.unknown().optional(),
  notify: z.array(map).catch([]),
})
const nothing = { notify: [], regions: {}, primary: undefined, durability: undefined, "on-standby-loss": undefined }

/** As much of the document as can be made out, whatever is wrong with it. */
const view = z
  .object({
    chat: z.object({ upstreams: z.array(map).catch([]) }).catch({ upstreams: [] }),
    environments: z.record(z.string(), environmentView.catch(nothing)).catch({}),
  })
  .catch({ chat: { upstreams: [] }, environments: {} })

type Upstream = z.infer<typeof map>
type Environment = z.infer<typeof environmentView>
