import { isObject } from "./is-object.ts"
import type { Usage } from "./model.ts"

/** Reads the `usage` object of chat completions; undefined when it is absent or no such thing. */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const input = count(value["prompt_tokens"])
  const output = count(value["completion_tokens"])
  if (input === undefined || output === undefined) return undefined
  const cached = detail(value["prompt_tokens_details"], "cached_tokens")
  const reasoning = detail(value["completion_tokens_details"], "reasoning_tokens")
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: count(value["total_tokens"]) ?? input + output,
    ...(cached === undefined ? {} : { cached_tokens: cached }),
    ...(reasoning === undefined ? {} : { reasoning_tokens: reasoning }),
  }
}

function detail(details: unknown, name: string): number | undefined {
  return isObject(details) ? count(details[name]) : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
