import { expect, test } from "vitest"
import { countWords, makeAnswer } from "./answer.ts"
import { CompletionRequest } from "./completion-request.ts"

const request = (messages: readonly { role: string; content: unknown }[], more: object = {}) =>
  CompletionRequest.parse({ model: "m", messages, ...more })
const options = { seed: 1, answerTokens: 32 }
const text = (answer: ReturnType<typeof makeAnswer>) => answer.tokens.join("")
const greeting = request([{ role: "user", content: "hello there" }])

test("says what was said and how many messages it saw", () => {
  expect(text(makeAnswer(greeting, options))).toMatch(/^You said "hello there", and I can see 1 message\. [A-Z]/)
})

test("shows what it remembers of a longer conversation", () => {
  const conversation = request([
    { role: "system", content: "be kind" },
    { role: "user", content: "my name is Ada" },
    { role: "assistant", content: "ok" },
    { role: "user", content: "what is my name?" },
  ])
  expect(text(makeAnswer(conversation, options))).toContain(
    'You said "what is my name?", and I can see 4 messages, beginning with "my name is Ada".',
  )
})

test("reads content that comes in parts", () => {
  const parts = request([
    {
      role: "user",
      content: [
        { type: "text", text: "hello " },
        { type: "text", text: "parts" },
      ],
    },
  ])
  expect(text(makeAnswer(parts, options))).toContain('"hello parts"')
})

test("says each sentence once before it begins again, and shows where it is cut off", () => {
  const whole = text(makeAnswer(greeting, { seed: 1, answerTokens: 70 }))
  expect(whole.match(/made up/g)).toHaveLength(1)
  expect(text(makeAnswer(greeting, { seed: 1, answerTokens: 12 }))).toMatch(/\w…$/)
})

test("is the same for the same seed and messages, and only then", () => {
  const long = { seed: 1, answerTokens: 200 }
  const same = text(makeAnswer(greeting, long))
  expect(text(makeAnswer({ ...greeting, temperature: 1 }, long))).toBe(same)
  expect(text(makeAnswer(greeting, { ...long, seed: 2 }))).not.toBe(same)
})

test.each([
  [{}, 32, "stop"],
  [{ max_tokens: 5 }, 5, "length"],
  [{ max_completion_tokens: 6, max_tokens: 5 }, 6, "length"],
  [{ max_tokens: 32 }, 32, "stop"],
  [{ max_tokens: 1_000 }, 32, "stop"],
])("with %j has %i words and ends with %s", (limits, words, reason) => {
  const answer = makeAnswer(request(greeting.messages, limits), options)
  expect(answer.tokens).toHaveLength(words)
  expect(countWords(text(answer))).toBe(words)
  expect(answer.finishReason).toBe(reason)
})

test("counts the prompt in words", () => {
  expect(
    makeAnswer(
      request([
        { role: "system", content: "a b" },
        { role: "user", content: " c\n d " },
      ]),
      options,
    ).promptTokens,
  ).toBe(4)
})

test("does not repeat a novel", () => {
  const answer = makeAnswer(request([{ role: "user", content: "word ".repeat(10_000) }]), options)
  expect(answer.tokens).toHaveLength(32)
  expect(text(answer)).toContain('word …", and I can see 1 message.')
})
