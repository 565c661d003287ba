import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { ChatopsError } from "../errors/chatops-error.ts"
import type { AppConfig } from "./app-config.ts"
import { decodeText } from "./decode-text.ts"
import { loadPrompt } from "./load-prompt.ts"
import { configMemory } from "./remembered-config.ts"

export const configFileName = "chatops.yaml"

/**
 * Reads `chatops.yaml` in the app's directory, and the prompt that it names.
 * @throws {ChatopsError} CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_INVALID, CONFIG_PROMPT_UNREADABLE
 */
export async function loadConfig(appDir: string, memory = configMemory()): Promise<AppConfig> {
  const file = join(appDir, configFileName)
  const text = decodeText(await read(file), file)
  const config = memory.recall(text) ?? (await parse(text, file)).config
  memory.remember(text, config)
  const { prompt: path, ...chat } = config.chat
  const source = async () => (await parse(text, file)).source
  const prompt = path === undefined ? {} : { prompt: { path, text: await loadPrompt(appDir, path, source) } }
  return { ...config, chat: { ...chat, ...prompt } }
}

/** Parser and schemas take longer to load than all else that a short command needs; a remembered text does without. */
async function parse(text: string, file: string) {
  const [{ parseSource }, { targetConfigs }] = await Promise.all([
    import("./parse-config.ts"),
    import("./targets-config.ts"),
  ])
  return parseSource(text, file, targetConfigs)
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown"
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new ChatopsError("CONFIG_NOT_FOUND", `There is no ${file}`, { details: { file }, cause })
    }
    throw new ChatopsError("CONFIG_UNREADABLE", `${file} cannot be read (${code})`, {
      details: { file, reason: code },
      cause,
    })
  }
}
