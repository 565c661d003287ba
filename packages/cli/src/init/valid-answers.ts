import { AppName, parseConfig, RegionName } from "@chatops/stacks"
import { stringify } from "yaml"

/** What a question accepts is what chatops.yaml accepts: true, or what is expected instead. */
type Verdict = true | string

export function appName(text: string): Verdict {
  return AppName.safeParse(text).success || "small letters, digits and dashes, a letter first, at most 31"
}

export function regions(text: string): Verdict {
  const names = regionNames(text)
  if (names.length === 0) return "at least one name"
  if (new Set(names).size < names.length) return "each name once"
  const wrong = names.find(name => !RegionName.safeParse(name).success)
  return wrong === undefined || `${wrong}: small letters, digits and dashes, a letter first, at most 21`
}

export const regionNames = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

export const model = (text: string): Verdict => accepted({ model: text }) || "the model's name"

export const baseURL = (text: string): Verdict => accepted({ baseURL: text }) || "an http or https URL"

/** What has a rule of its own in the schema is tried on the schema. */
function accepted({ model = "m", baseURL = "http://localhost" }: { model?: string; baseURL?: string }): boolean {
  const upstreams = [{ name: "openai", baseURL }]
  const local = { target: "local", regions: { east: {} }, durability: "async" }
  try {
    parseConfig(stringify({ app: "bot", chat: { model, upstreams }, environments: { local } }))
    return true
  } catch {
    return false
  }
}
