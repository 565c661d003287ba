import { expect, it } from "vitest"
import { parseConfig } from "./parse-config.ts"
import { sample, sampleWith } from "./testing/sample.ts"

it("reads every accepted key: camelCase, milliseconds, bytes", () => {
  expect(parseConfig(sample)).toEqual({
    app: "support-bot",
    chat: {
      model: "gpt-5-mini",
      prompt: "prompts/support.md",
      parameters: { temperature: 0.2, topP: 0.9, maxOutputTokens: 400 },
      deadlines: { connect: 3_000, firstToken: 90_000, betweenTokens: 500 },
      upstreams: [
        { name: "openai", baseURL: "https://api.openai.com/v1", apiKey: { secret: "openai" } },
        {
          name: "simulator",
          simulator: { firstTokenDelay: 120, tokensPerSecond: 60, errorRate: 0, answerTokens: 32 },
        },
      ],
    },
    environments: [
      {
        name: "local",
        target: "local",
        regions: [
          { name: "east", weight: 1 },
          { name: "west", weight: 2 },
        ],
        primary: "west",
        durability: "zero-loss",
        onStandbyLoss: "block",
        failover: "manual",
        balancing: "ip-hash",
        notify: [{ url: "https://example.com/hook", secret: { secret: "hook" } }],
        runtime: { replicas: 2, bodyLimit: 1_048_576, drain: 30_000 },
        entry: { host: "127.0.0.1", port: 8080, trustedProxies: ["10.0.0.0/8", "::1"] },
        production: true,
        objectives: { rto: 10_000, rpo: 2 },
      },
    ],
  })
})

const smallest = `app: a
chat: { model: m, upstreams: [{ name: simulator, simulator: {} }] }
environments: { local: { target: local, regions: { north: {}, south: {} }, durability: async } }
`

it("fills in what is left out; the first region is the preferred primary", () => {
  const { chat, environments } = parseConfig(smallest)
  expect(chat.deadlines).toEqual({ connect: 3_000, firstToken: 60_000, betweenTokens: 30_000 })
  expect(chat.parameters).toEqual({})
  expect(chat.prompt).toBeUndefined()
  expect(environments[0]).toMatchObject({
    primary: "north",
    failover: "manual",
    balancing: "least-connections",
    notify: [],
    runtime: { replicas: 2, bodyLimit: 1_048_576, drain: 30_000 },
    entry: { host: "127.0.0.1", trustedProxies: [] },
  })
  expect(environments[0]!.entry.port).toBeUndefined()
})

it.each([
  ["regions", "{ east: {}, west: { weight: 2 } }", "{ east: , west: }"],
  ["a section", "runtime: { replicas: 2, body-limit: 1MiB, drain: 30s }", "runtime:"],
  ["a section", "parameters: { temperature: 0.2, top_p: 0.9, max-output-tokens: 400 }", "parameters:"],
  [
    "the simulator",
    "simulator: { first-token-delay: 120ms, tokens-per-second: 60, error-rate: 0, answer-tokens: 32 }",
    "simulator:",
  ],
])("takes %s with nothing behind the key as empty", (_, piece, replacement) => {
  expect(parseConfig(sampleWith(piece, replacement)).environments[0]!.regions).toHaveLength(2)
})

it("keeps names with dashes as they are", () => {
  const text = smallest.replaceAll("north", "eu-west-1").replaceAll("local:", "my-env:")
  const [environment] = parseConfig(text).environments
  expect([environment!.name, environment!.regions[0]!.name]).toEqual(["my-env", "eu-west-1"])
})

it("shares settings through anchors and merge keys", () => {
  const text = `${smallest.replace("{ local:", "{ first: &base")}`.replace(
    "} }\n",
    "}, second: { <<: *base, primary: south } }\n",
  )
  const [first, second] = parseConfig(text).environments
  expect(first!.primary).toBe("north")
  expect(second).toMatchObject({ name: "second", primary: "south", regions: first!.regions })
})

it.each([
  ["500ms", 500],
  ["3s", 3_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0.5s", 500],
])("reads the duration %s", (text, milliseconds) => {
  expect(parseConfig(sampleWith("connect: 3s", `connect: ${text}`)).chat.deadlines.connect).toBe(milliseconds)
})

it.each([
  ["2048B", 2_048],
  ["512KiB", 524_288],
  ["2MB", 2_000_000],
  ["1.5MiB", 1_572_864],
])("reads the size %s", (text, bytes) => {
  expect(parseConfig(sampleWith("body-limit: 1MiB", `body-limit: ${text}`)).environments[0]!.runtime.bodyLimit).toBe(
    bytes,
  )
})

it("does not mind Windows line ends or a byte order mark", () => {
  expect(parseConfig(`\uFEFF${sample.replaceAll("\n", "\r\n")}`)).toEqual(parseConfig(sample))
})
