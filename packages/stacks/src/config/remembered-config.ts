import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { writeWhole } from "../process/durable-file.ts"
import { cacheDirectory } from "../state/state-directory.ts"
import type { ParsedConfig } from "./app-config.ts"

/** Fingerprint of all code, which the bundler puts in; code that was not bundled remembers nothing. */
declare const CHATOPS_BUILD: string

/** Texts whose configuration is kept, at about 2 KiB each. */
const most = 50

/** What texts of `chatops.yaml` came to when they were read before. */
export interface ConfigMemory {
  recall(text: string): ParsedConfig | undefined
  remember(text: string, config: ParsedConfig): void
}

/**
 * Keeps in the cache what a text was parsed to: parser, schemas and checks take longer than everything else that a
 * command does before its first line. The same text is accepted again by the same build; anything else is read anew.
 */
export function configMemory(build = typeof CHATOPS_BUILD === "string" ? CHATOPS_BUILD : undefined): ConfigMemory {
  if (build === undefined) return { recall: () => undefined, remember: () => undefined }
  const directory = join(cacheDirectory(), "config")
  const fileOf = (text: string) => join(directory, `${sha256(`${build}\n${text}`).slice(0, 32)}.json`)
  return {
    recall: text => {
      const file = fileOf(text)
      try {
        const [sum, json = ""] = readFileSync(file, "utf8").split("\n", 2)
        if (sum === sha256(json)) return JSON.parse(json) as ParsedConfig
        rmSync(file, { force: true })
      } catch {
        // None, or one that cannot be read: the text is parsed again.
      }
      return undefined
    },
    remember: (text, config) => {
      const file = fileOf(text)
      if (existsSync(file)) return
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        const json = JSON.stringify(config)
        writeWhole(file, `${sha256(json)}\n${json}`)
        forgetOldest(directory)
      } catch {
        // A cache that cannot be written costs time and nothing else.
      }
    },
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

function forgetOldest(directory: string): void {
  const files = readdirSync(directory).map(name => join(directory, name))
  if (files.length <= most) return
  const byAge = files.map(file => ({ file, at: statSync(file).mtimeMs })).toSorted((a, b) => b.at - a.at)
  for (const { file } of byAge.slice(most)) rmSync(file, { force: true })
}
