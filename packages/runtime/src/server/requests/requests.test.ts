import { describe, expect, test } from "vitest"
import { RequestError } from "../request-error.ts"
import { parseCompletionRequest } from "./completion-request.ts"
import { parseResponseRequest } from "./response-request.ts"

function refusal(parse: () => unknown) {
  try {
    parse()
  } catch (error) {
    if (error instanceof RequestError) return [error.status, error.client.code, error.client.param]
    throw error
  }
  return "accepted"
}

describe("a response request", () => {
  test.each<[object, string, string | null]>([
    [{}, "missing_parameter", "input"],
    [{ input: null }, "missing_parameter", "input"],
    [{ input: 5 }, "invalid_type", "input"],
    [{ input: ["x"] }, "invalid_type", "input[0]"],
    [{ input: [{ role: "user" }] }, "missing_parameter", "input[0].content"],
    [{ input: [{ role: "robot", content: "x" }] }, "invalid_value", "input[0].role"],
    [{ input: [{ type: "function_call_output", call_id: "1" }] }, "unsupported_parameter", "input[0].type"],
    [
      { input: [{ role: "user", content: [{ type: "input_image", image_url: "x" }] }] },
      "unsupported_parameter",
      "input[0].content[0].type",
    ],
    [
      { input: [{ role: "user", content: [{ type: "input_text", text: 1 }] }] },
      "invalid_type",
      "input[0].content[0].text",
    ],
    [{ input: [{ role: "user", content: "x", colour: 1 }] }, "unknown_parameter", "input[0].colour"],
    [{ input: "x", tools: [{ type: "web_search" }] }, "unsupported_parameter", "tools"],
    [{ input: "x", background: true }, "unsupported_parameter", "background"],
    [{ input: "x", truncation: "auto" }, "unsupported_parameter", "truncation"],
    [{ input: "x", text: { format: { type: "json_schema" } } }, "unsupported_parameter", "text.format.type"],
    [{ input: "x", reasoning: { effort: "high" } }, "unsupported_parameter", "reasoning.effort"],
    [{ input: "x", include: ["message.output_text.logprobs"] }, "unsupported_parameter", "include"],
    [{ input: "x", prompt: { id: "p" } }, "unsupported_parameter", "prompt"],
    [{ input: "x", colour: "red" }, "unknown_parameter", "colour"],
    [{ input: "x", colour: null }, "unknown_parameter", "colour"],
    [{ input: "x", constructor: 1 }, "unknown_parameter", "constructor"],
    [JSON.parse('{"input":"x","__proto__":{"store":false}}'), "unknown_parameter", "__proto__"],
    [{ input: "x", temperature: "hot" }, "invalid_type", "temperature"],
    [{ input: "x", temperature: 3 }, "invalid_value", "temperature"],
    [{ input: "x", max_output_tokens: 0 }, "invalid_value", "max_output_tokens"],
    [{ input: "x", max_output_tokens: 1.5 }, "invalid_type", "max_output_tokens"],
    [{ input: "x", stream: "yes" }, "invalid_type", "stream"],
    [{ input: "x", metadata: { a: 1 } }, "invalid_type", "metadata.a"],
    [{ input: "x", metadata: { a: "x".repeat(513) } }, "invalid_value", "metadata.a"],
    [{ input: "x", user: "a\0b" }, "invalid_value", "user"],
    [{ input: "x", conversation: 7 }, "invalid_value", "conversation"],
    [{ input: "x", conversation: "c", previous_response_id: "r" }, "invalid_value", "previous_response_id"],
    [{ input: "x", conversation: "c", store: false }, "invalid_value", "store"],
  ])("%j is refused as %s of %s", (body, code, param) => {
    expect(refusal(() => parseResponseRequest(body))).toEqual([400, code, param])
  })

  test("may carry OpenAI's other parameters as long as they ask for nothing", () => {
    const neutral = {
      background: false,
      include: [],
      parallel_tool_calls: false,
      prompt: null,
      prompt_cache_key: "k",
      reasoning: null,
      service_tier: "auto",
      stream_options: { include_obfuscation: false },
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [],
      top_logprobs: 0,
      truncation: "disabled",
    }
    expect(refusal(() => parseResponseRequest({ input: "x", ...neutral }))).toBe("accepted")
    expect(
      refusal(() => parseResponseRequest({ input: "x", temperature: null, metadata: null, conversation: null })),
    ).toBe("accepted")
  })

  test("takes an answer back as input", () => {
    const message = {
      id: "msg_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
    }
    const { input } = parseResponseRequest({ input: [message, { role: "user", content: "x" }] })
    expect(input.map(item => [item.role, item.content])).toEqual([
      ["assistant", [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }]],
      ["user", [{ type: "input_text", text: "x" }]],
    ])
  })
})

describe("a chat-completions request", () => {
  const messages = [{ role: "user", content: "x" }]
  test.each<[object, string, string]>([
    [{ model: "m" }, "missing_parameter", "messages"],
    [{ messages }, "missing_parameter", "model"],
    [{ model: "m", messages: [] }, "invalid_value", "messages"],
    [{ model: "m", messages: "x" }, "invalid_type", "messages"],
    [{ model: "m", messages: [{ role: "user" }] }, "missing_parameter", "messages[0].content"],
    [
      { model: "m", messages: [{ role: "tool", content: "x", tool_call_id: "1" }] },
      "unsupported_parameter",
      "messages[0].tool_call_id",
    ],
    [
      { model: "m", messages: [{ role: "assistant", content: "x", tool_calls: [{}] }] },
      "unsupported_parameter",
      "messages[0].tool_calls",
    ],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      "unsupported_parameter",
      "messages[0].content[0].type",
    ],
    [{ model: "m", messages, tools: [{}] }, "unsupported_parameter", "tools"],
    [{ model: "m", messages, n: 2 }, "unsupported_parameter", "n"],
    [{ model: "m", messages, logprobs: true }, "unsupported_parameter", "logprobs"],
    [
      { model: "m", messages, response_format: { type: "json_object" } },
      "unsupported_parameter",
      "response_format.type",
    ],
    [{ model: "m", messages, store: true }, "unsupported_parameter", "store"],
    [{ model: "m", messages, modalities: ["text", "audio"] }, "unsupported_parameter", "modalities"],
    [{ model: "m", messages, input: "x" }, "unknown_parameter", "input"],
    [{ model: "m", messages, stream_options: { colour: 1 } }, "unknown_parameter", "stream_options.colour"],
    [{ model: 5, messages }, "invalid_type", "model"],
  ])("%j is refused as %s of %s", (body, code, param) => {
    expect(refusal(() => parseCompletionRequest(body))).toEqual([400, code, param])
  })
})
