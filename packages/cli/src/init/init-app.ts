import { existsSync } from "node:fs"
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { invocation } from "../invocation.ts"
import { initRepository } from "../ledger/index.ts"
import type { InitResult } from "../results/init.ts"
import { draftOf, publishDraft, removeDeadDrafts } from "./app-draft.ts"
import { appFiles } from "./app-files.ts"
import type { AppAnswers } from "./questions.ts"

/** What an app is copied from is not taken over whole: its history and what was installed stay behind. */
const leftBehind = new Set([".git", "node_modules"])

/**
 * Makes an app in a directory that is empty or does not exist. It appears whole or not at all.
 * Throws DIRECTORY_NOT_EMPTY, CONFIG_NOT_FOUND for a template without chatops.yaml, INTERRUPTED.
 */
export async function initApp(
  directory: string,
  source: { answers: AppAnswers } | { template: string },
  signal: AbortSignal,
): Promise<InitResult> {
  await removeDeadDrafts(directory)
  await refuseNonEmpty(directory)
  if ("template" in source) refuseNoApp(source.template)
  await mkdir(dirname(directory), { recursive: true })
  const draft = draftOf(directory)
  try {
    if ("template" in source) await copyTemplate(source.template, draft)
    else await writeFiles(draft, appFiles(source.answers, invocation(directory)))
    await nameSchema(draft, directory)
    const commit = await initRepository(draft, "Begin the app")
    signal.throwIfAborted()
    await publishDraft(draft, directory)
    const files = (await readdir(directory)).filter(file => file !== ".git")
    return { directory, files, commit }
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function refuseNonEmpty(directory: string): Promise<void> {
  const present = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    if (error.code === "ENOTDIR") return [basename(directory)]
    throw error
  })
  if (present.length === 0) return
  const some = `${present.slice(0, 3).join(", ")}${present.length > 3 ? " …" : ""}`
  throw new ChatopsError("DIRECTORY_NOT_EMPTY", `${directory} is not empty: it holds ${some}`)
}

function refuseNoApp(template: string): void {
  if (existsSync(join(template, "chatops.yaml"))) return
  throw new ChatopsError("CONFIG_NOT_FOUND", `there is no chatops.yaml in ${template}`, {
    hint: "--from takes the directory of an app, such as one of the examples.",
  })
}

/** File by file, because a directory cannot be copied whole into itself. */
async function copyTemplate(template: string, draft: string): Promise<void> {
  await mkdir(draft, { recursive: true })
  for (const name of await readdir(template)) {
    const from = join(template, name)
    if (leftBehind.has(name) || from === draft || `${draft}/`.startsWith(`${from}/`)) continue
    await cp(from, join(draft, name), { recursive: true })
  }
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

/** Tells editors where the JSON Schema is, so that they complete and check chatops.yaml. */
async function nameSchema(draft: string, directory: string): Promise<void> {
  const file = join(draft, "chatops.yaml")
  const schema = createRequire(import.meta.url).resolve("@chatops/stacks/schema/chatops.schema.json")
  const body = (await readFile(file, "utf8")).replace(/^# yaml-language-server:.*\n/, "")
  await writeFile(file, `# yaml-language-server: $schema=${relative(directory, schema)}\n${body}`)
}
