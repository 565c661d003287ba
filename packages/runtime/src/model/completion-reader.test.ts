import fc from "fast-check"
import { expect, test } from "vitest"
import { CompletionReader } from "./completion-reader.ts"
import { DeltaTemplate } from "./delta-template.ts"

const event = (data: string) => Buffer.from(`data: ${data}\n\n`)

/** What each chunk says by itself: a reader that has seen no other cannot take a short cut. */
function oneByOne(chunks: readonly string[]): unknown[] {
  return chunks.flatMap(chunk => {
    const reader = new CompletionReader()
    reader.push(event(chunk))
    return reader.take()
  })
}

function together(chunks: readonly string[]): unknown[] {
  const reader = new CompletionReader()
  for (const chunk of chunks) reader.push(event(chunk))
  return reader.take()
}

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", " ", '"', "\\", "\n", "漢", "content", '"content":"', "{", "}", ":", ",", "probe"),
  }),
  fc.constantFrom("word", " word", "."),
)
const chunk = fc.oneof(
  { weight: 6, arbitrary: text.map(content => ({ delta: { content } })) },
  text.map(content => ({ content, delta: { content: "other" } })),
  text.map(content => ({ delta: { content }, content })),
  fc.tuple(text, text).map(([content, refusal]) => ({ delta: { content, refusal } })),
  text.map(content => ({ delta: { content }, finish_reason: "length" })),
)

test("the short cut never reads anything else than JSON.parse does", () => {
  const stream = fc.record({
    head: fc.constantFrom({ id: "x" }, { id: "content", content: "a" }, { system_fingerprint: '"content":"a"' }),
    choices: fc.array(chunk, { minLength: 2, maxLength: 12 }),
    space: fc.constantFrom(undefined, 1),
  })
  fc.assert(
    fc.property(stream, ({ head, choices, space }) => {
      const chunks = choices.map(choice =>
        JSON.stringify({ ...head, choices: [{ index: 0, ...choice }], usage: null }, null, space).replaceAll("\n", " "),
      )
      expect(together(chunks)).toEqual(oneByOne(chunks))
    }),
    { numRuns: 3_000 },
  )
})

const plain = (content: string, more = "") => `{"choices":[{"delta":{"content":${JSON.stringify(content)}}}]${more}}`

test("the short cut is taken for texts that need no unescaping", () => {
  const template = new DeltaTemplate()
  template.learn(plain("a"), "a")
  expect(template.read(plain(" word 漢"))).toBe(" word 漢")
  expect(template.read(plain(""))).toBe("")
  expect(template.read(plain('a "quote"'))).toBeUndefined()
  expect(template.read(plain("a\n"))).toBeUndefined()
  expect(template.read(plain("a", ',"usage":{}'))).toBeUndefined()
  expect(template.read(plain("a").slice(0, -1))).toBeUndefined()
  expect(template.read("")).toBeUndefined()
})

test("what is no JSON is no text either", () => {
  const template = new DeltaTemplate()
  template.learn(plain("a"), "a")
  expect(template.read(plain("a\u0001b").replace("\\u0001", "\u0001"))).toBeUndefined()
})

test("chunks that are never alike are not studied forever", () => {
  const template = new DeltaTemplate()
  for (let at = 0; at < 10; at += 1) template.learn(plain("a", `,"noise":${at}`), "a")
  expect(template.read(plain("b", `,"noise":9`))).toBeUndefined()
  expect(template.read(plain("b", `,"noise":3`))).toBe("b")
})
