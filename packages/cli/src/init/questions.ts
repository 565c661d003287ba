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
  const { input, select } = await import("@inquirer/prompts")
  const chosen = await input({
    message: "Name of the app",
    default: name,
    validate: text => appNamePattern.test(text) || "small letters, digits and dashes, at most 31",
  })
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
      ? await input({
          message: "Its base URL",
          default: "http://localhost:11434/v1",
          validate: text => URL.canParse(text) || "an http or https URL",
        })
      : openai
  const model = await input({ message: "Model", default: "gpt-5-mini" })
  const regions = await input({ message: "Regions", default: "east, west" })
  return {
    name: chosen,
    model,
    upstream: kind === "simulator" ? "simulator" : { baseURL },
    regions: regions.split(/[\s,]+/).filter(Boolean),
  }
}

const appNamePattern = /^[a-z][a-z0-9-]{0,30}$/

/** The directory's name, made to fit. */
function appNameFrom(directory: string): string {
  const name = directory
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 31)
    .replace(/-+$/, "")
  return name === "" ? "my-bot" : name
}
