import type { Fault, FaultKind, Load, Scenario } from "@chatops/stacks/drill"

/** What users do while nothing else is asked for. */
export const usualLoad: Load = {
  turnsPerSecond: 20,
  turnsPerConversation: 4,
  thinkTime: 0.5,
  streamed: 0.5,
  answerTokens: 8,
}

/** Seconds. */
const usualTimes = { warmUp: 3, healAfter: 8, coolDown: 5 }

const whatItBreaks: {
  readonly [Kind in FaultKind]: readonly [summary: string, fault: Extract<Fault, { kind: Kind }>]
} = {
  "kill-database": ["The primary's database process dies at once.", { kind: "kill-database", region: "$primary" }],
  "freeze-database": [
    "The primary's database stands still, and its connections stay open; everything else there runs on.",
    { kind: "freeze-database", region: "$primary" },
  ],
  "kill-region": ["Every process of the primary's region dies at once.", { kind: "kill-region", region: "$primary" }],
  "freeze-region": [
    "The primary's region stands still, and its connections stay open.",
    { kind: "freeze-region", region: "$primary" },
  ],
  "partition-regions": [
    "Nothing passes between the primary and its standby any more.",
    { kind: "partition-regions", regions: ["$primary", "$standby"] },
  ],
  "partition-entry": [
    "Nothing passes between the entry and the primary's region any more.",
    { kind: "partition-entry", region: "$primary" },
  ],
  "cut-off-region": [
    "Nothing passes between the primary's region and anybody else any more, and its processes run on.",
    { kind: "cut-off-region", region: "$primary" },
  ],
  "fill-disk": ["The primary's region cannot write to its disk.", { kind: "fill-disk", region: "$primary" }],
  "lose-model": ["The primary region's model answers nothing.", { kind: "lose-model", region: "$primary" }],
}

/** One for each kind of fault, by its name; regions are roles. */
export const builtInScenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries(whatItBreaks).map(([name, [summary, fault]]) => [name, scenarioOf(name, summary, fault)]),
)

function scenarioOf(name: string, summary: string, fault: Fault): Scenario {
  const { warmUp, healAfter, coolDown } = usualTimes
  return { name, summary, seed: 1, load: usualLoad, warmUp, faults: [{ fault, after: 0, healAfter }], coolDown }
}
