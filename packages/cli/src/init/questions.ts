import { prompted } from "../render/prompts.ts"

export interface AppAnswers {
  readonly name: string
  readonly model: string
  /** Where the model is: the bundled simulator, or an OpenAI-compatible server. */
  readonly upstream: "simulator" | { readonly baseURL: string }
  readonly regions: readonly string[]
}

const openai = "https://api.openai.com/v1"

/** Asks what a new app needs to know, or takes the defaults. */
export async function askForApp(directoryName: string, { ask }: { ask: boolean }): Promise<AppAnswers> {
  const name = appNameFrom(directoryName)
  if (!ask) return { name, model: "gpt-5-mini", upstream: "simulator", regions: ["east", "west"] }
  return prompted(askAll(name))
}

async function askAll(name: string): Promise<AppAnswers> {
  const [{ input, select }, valid] = await Promise.all([import("@inquirer/prompts"), import("./valid-answers.ts")])
  const chosen = await input({ message: "Name of the app", default: name, validate: valid.appName })
  const kind = await select({
    message: "Which model answers?",
    choices: [
      { name: "The bundled simulator: no key, no cost", value: "simulator" as const },
      { name: "OpenAI", value: "openai" as const },
      { name: "Another OpenAI-compatible server", value: "other" as const },
    ],
  })
  const baseURL =
    kind === "other"
      ? await input({ message: "Its base URL", default: "http://localhost:11434/v1", validate: valid.baseURL })
      : openai
  const model = await input({ message: "Model", default: "gpt-5-mini", validate: valid.model })
  const regions = await input({ message: "Regions", default: "east, west", validate: valid.regions })
  return {
    name: chosen,
    model,
    upstream: kind === "simulator" ? "simulator" : { baseURL },
    regions: valid.regionNames(regions),
  }
}

/** The directory's name, made to fit. */
export function appNameFrom(directory: string): string {
  const name = directory
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 31)
    .replace(/-+$/, "")
  return name === "" ? "my-bot" : name
}
