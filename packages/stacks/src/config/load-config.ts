import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { ChatopsError } from "../errors/chatops-error.ts"
import type { AppConfig } from "./app-config.ts"
import { decodeText } from "./decode-text.ts"
import { loadPrompt } from "./load-prompt.ts"
import { parseSource } from "./parse-config.ts"
import { targetConfigs } from "./targets-config.ts"

export const configFileName = "chatops.yaml"

/**
 * Reads `chatops.yaml` in the app's directory, and the prompt that it names.
 * @throws {ChatopsError} CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_INVALID, CONFIG_PROMPT_UNREADABLE
 */
export async function loadConfig(appDir: string): Promise<AppConfig> {
  const file = join(appDir, configFileName)
  const { config, source } = parseSource(decodeText(await read(file), file), file, targetConfigs)
  const { prompt: path, ...chat } = config.chat
  const prompt = path === undefined ? {} : { prompt: { path, text: await loadPrompt(appDir, path, source) } }
  return { ...config, chat: { ...chat, ...prompt } }
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
