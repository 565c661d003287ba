import { parseConfig } from "@chatops/stacks"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { appFiles } from "./app-files.ts"
import { appNameFrom, askForApp } from "./questions.ts"
import * as valid from "./valid-answers.ts"

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/)
const anyText = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), name)
const accepted = (text: fc.Arbitrary<string>, check: (text: string) => true | string) =>
  text.filter(each => check(each) === true)

/** What people type, as far as the questions accept it. */
const answers = fc.record({
  name: accepted(fc.oneof({ weight: 1, arbitrary: anyText }, { weight: 3, arbitrary: name }), valid.appName),
  model: accepted(anyText, valid.model),
  upstream: fc.oneof(
    fc.constant("simulator" as const),
    fc.record({ baseURL: accepted(fc.oneof(fc.webUrl(), anyText), valid.baseURL) }),
  ),
  regions: accepted(
    fc.oneof(
      anyText,
      fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).map(names => names.join(", ")),
    ),
    valid.regions,
  ).map(valid.regionNames),
})

describe("what the questions accept", () => {
  it("always makes a chatops.yaml that is accepted, and says the same", () => {
    fc.assert(
      fc.property(answers, given => {
        const { app, chat, environments } = parseConfig(appFiles(given, "chatops")["chatops.yaml"] ?? "")
        expect(app).toBe(given.name)
        expect(chat.model).toBe(given.model)
        expect(environments[0]?.regions.map(region => region.name)).toEqual(given.regions)
        expect(environments[0]?.primary).toBe(given.regions[0])
      }),
      { numRuns: 150 },
    )
  })

  it("are names that are made to fit, for any directory", () => {
    fc.assert(fc.property(anyText, directory => valid.appName(appNameFrom(directory)) === true))
  })

  it.each([
    ["My Bot", "my-bot"],
    ["42-support_bot!", "support-bot-"],
    ["übung", "bung"],
    ["123", "my-bot"],
    ["a".repeat(40), "a".repeat(31)],
  ])("are taken from a directory called %s as %s", async (directory, expected) => {
    const { name } = await askForApp(directory, { ask: false })
    expect(name).toBe(expected.replace(/-+$/, ""))
  })

  it.each<[string, (text: string) => true | string, string, true | RegExp]>([
    ["regions", valid.regions, "east west,north", true],
    ["regions", valid.regions, " , ", /at least one/],
    ["regions", valid.regions, "east, east", /each name once/],
    ["regions", valid.regions, "east, West", /^West: small letters/],
    ["a base URL", valid.baseURL, "http://localhost:11434/v1", true],
    ["a base URL", valid.baseURL, "localhost:11434", /http or https/],
    ["a base URL", valid.baseURL, "ftp://host/v1", /http or https/],
    ["a model", valid.model, "", /name/],
    ["an app's name", valid.appName, "Bot", /small letters/],
  ])("for %s is told from what they do not: %s %s", (_what, check, text, verdict) => {
    if (verdict === true) expect(check(text)).toBe(true)
    else expect(check(text)).toMatch(verdict)
  })
})
