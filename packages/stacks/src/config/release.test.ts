import fc from "fast-check"
import { expect, it } from "vitest"
import type { AppConfig } from "./app-config.ts"
import { parseConfig } from "./parse-config.ts"
import { releaseId, releaseInputs } from "./release.ts"
import { sample } from "./testing/sample.ts"

type Inputs = Pick<AppConfig, "chat">
const base: Inputs = { chat: { ...parseConfig(sample).chat, prompt: { path: "prompts/support.md", text: "Be kind." } } }

it("is rel_ and 12 hexadecimal digits, the same today and tomorrow", () => {
  expect(releaseId(base, "0.1.0")).toMatchInlineSnapshot(`"rel_3fbea586ec02"`)
})

it("does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), order => {
      expect(releaseId(reordered(base, order) as Inputs, "0.1.0")).toBe(releaseId(base, "0.1.0"))
    }),
    { numRuns: 50 },
  )
})

it("changes with every single input", () => {
  const original = releaseId(base, "0.1.0")
  const leaves = leafPaths(releaseInputs(base))
  expect(leaves.length).toBeGreaterThan(10)
  fc.assert(
    fc.property(
      fc.constantFrom(...leaves),
      fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(undefined)),
      (path, value) => {
        const target = path[0] === "prompt" ? ["prompt", "text"] : path
        const changed = structuredClone(base)
        // -0 is 0, as in JSON.
        fc.pre(put(changed.chat, target, value) !== value)
        expect(releaseId(changed, "0.1.0")).not.toBe(original)
      },
    ),
  )
  expect(releaseId(base, "0.1.1")).not.toBe(original)
  const { prompt: _, ...silent } = base.chat
  expect(releaseId({ chat: silent }, "0.1.0")).not.toBe(original)
})

it("changes with the order of upstreams, and with one more or less", () => {
  const original = releaseId(base, "0.1.0")
  const [first, second] = base.chat.upstreams
  for (const upstreams of [[second!, first!], [first!], [second!]]) {
    expect(releaseId({ chat: { ...base.chat, upstreams } }, "0.1.0")).not.toBe(original)
  }
})

it("ignores what cannot change an answer: deadlines, where the prompt lies, which secret holds the key", () => {
  const other: Inputs = {
    chat: {
      ...base.chat,
      deadlines: { connect: 1, firstToken: 1, betweenTokens: 1 },
      prompt: { path: "elsewhere.md", text: "Be kind." },
      upstreams: base.chat.upstreams.map(upstream =>
        upstream.simulator ? upstream : { ...upstream, apiKey: undefined },
      ),
    },
  }
  expect(releaseId(other, "0.1.0")).toBe(releaseId(base, "0.1.0"))
})

function reordered(value: unknown, order: fc.Stream<number>): unknown {
  if (Array.isArray(value)) return value.map(item => reordered(item, order))
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, reordered(item, order), order.next().value] as const)
  return Object.fromEntries(entries.sort((a, b) => a[2] - b[2]))
}

function leafPaths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...path, key]))
}

/** Sets a value deep inside, and gives back the one that was there. */
function put(holder: unknown, path: readonly string[], value: unknown): unknown {
  const [key = "", ...rest] = path
  const map = holder as Record<string, unknown>
  if (rest.length > 0) return put(map[key], rest, value)
  const before = map[key]
  map[key] = value
  return before
}
