import { describe, expect, test } from "vitest"
import { readDocumentTail, readStreamTail, TailKeeper } from "./answer-tail.ts"
import { readErrorBody } from "./error-body.ts"
import { chunk, done, usageChunk, wholeStream } from "./testing/stand-in.ts"
import { readUsage } from "./usage.ts"
import { judgeStatus, readRetryAfter } from "./verdict.ts"

const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7, cached_tokens: 3 }

describe("usage", () => {
  test.each([
    [
      { prompt_tokens: 5, completion_tokens: 2 },
      { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    ],
    [
      {
        prompt_tokens: 1,
        completion_tokens: 9,
        total_tokens: 11,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 8 },
      },
      { input_tokens: 1, output_tokens: 9, total_tokens: 11, cached_tokens: 0, reasoning_tokens: 8 },
    ],
    [
      { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: null },
      { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    ],
    [{ prompt_tokens: "5", completion_tokens: 2 }, undefined],
    [{ prompt_tokens: -5, completion_tokens: 2 }, undefined],
    [{}, undefined],
    [null, undefined],
    ["7", undefined],
  ])("%j is read as %j", (value, expected) => {
    expect(readUsage(value)).toEqual(expected)
  })
})

describe("the tail of a stream", () => {
  test.each<[string, string, unknown]>([
    ["whole", wholeStream("hi"), { usage, conclusive: true }],
    ["without usage", chunk({ content: "a" }) + chunk({}, "stop") + done, { usage: undefined, conclusive: true }],
    ["without DONE", chunk({}, "stop") + usageChunk, { usage, conclusive: true }],
    [
      "with an error",
      `${chunk({ content: "a" })}data: {"error":{"message":"x"}}\n\n`,
      { usage: undefined, conclusive: true },
    ],
    ["cut off at its end", chunk({ content: "a" }), { usage: undefined, conclusive: false }],
    ["cut off at its start", wholeStream("x".repeat(50)).slice(30), { usage, conclusive: true }],
    ["empty", "", { usage: undefined, conclusive: false }],
  ])("%s", (_name, text, expected) => {
    expect(readStreamTail(Buffer.from(text))).toEqual(expected)
  })

  test("is all that is kept of a long one", () => {
    const keeper = new TailKeeper(1_000)
    for (let count = 0; count < 10_000; count += 1) keeper.push(Buffer.from(chunk({ content: `word ${count}` })))
    for (const byte of Buffer.from(chunk({}, "stop") + usageChunk + done)) keeper.push(Uint8Array.of(byte))
    expect(keeper.bytes().length).toBeGreaterThanOrEqual(1_000)
    expect(keeper.bytes().length).toBeLessThan(1_200)
    expect(readStreamTail(keeper.bytes())).toEqual({ usage, conclusive: true })
  })
})

test("a document's usage is read from it, if it is whole", () => {
  const document = JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })
  expect(readDocumentTail(Buffer.from(document)).usage).toEqual({ input_tokens: 1, output_tokens: 2, total_tokens: 3 })
  expect(readDocumentTail(Buffer.from(document.slice(5))).usage).toBeUndefined()
})

test.each([
  [400, "reject"],
  [413, "reject"],
  [422, "reject"],
  [408, "try-next"],
  [409, "try-next"],
  [429, "try-next"],
  [500, "try-next"],
  [503, "try-next"],
  [529, "try-next"],
  [301, "misconfigured"],
  [402, "misconfigured"],
  [401, "misconfigured"],
  [403, "misconfigured"],
  [404, "misconfigured"],
])("status %i means %s", (status, verdict) => {
  expect(judgeStatus(status)).toBe(verdict)
})

test.each([
  ["2", 2_000],
  ["0.5", 500],
  ["Wed, 21 Oct 2015 07:28:00 GMT", undefined],
  ["-1", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After %j asks for %j ms", (value, expected) => {
  expect(readRetryAfter(value)).toBe(expected)
})

describe("an error body", () => {
  test("in OpenAI's shape is kept", () => {
    const error = {
      message: "too long",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    }
    expect(readErrorBody({ error })).toEqual({ error, summary: "context_length_exceeded" })
  })

  test.each([
    [{ detail: "nope" }, "nope"],
    [{ message: "nope", code: 400 }, "nope"],
    [{ error: "nope" }, "nope"],
    ["nope", "nope"],
    [{}, "The upstream refused the request without a reason."],
    [null, "The upstream refused the request without a reason."],
  ])("%j gets the message %j", (body, message) => {
    expect(readErrorBody(body).error.message).toBe(message)
  })

  test("gives a summary that is never free text", () => {
    expect(readErrorBody({ error: { code: "key sk-123 is bad", type: "sk-123456" } }).summary).toBe("no reason given")
  })
})
