import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { cp, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { initRepository } from "../ledger/index.ts"
import type { InitResult } from "../results/init.ts"
import { appFiles } from "./app-files.ts"
import type { AppAnswers } from "./questions.ts"

/**
 * Makes an app in a directory that is empty or does not exist. It appears whole or not at all: everything is made
 * beside it and moved there at the end. Throws DIRECTORY_NOT_EMPTY.
 */
export async function initApp(
  directory: string,
  source: { answers: AppAnswers } | { template: string },
): Promise<InitResult> {
  const present = await readdir(directory).catch(() => [])
  if (present.length > 0) {
    throw new ChatopsError(
      "DIRECTORY_NOT_EMPTY",
      `${directory} is not empty: it holds ${present.slice(0, 3).join(", ")}${present.length > 3 ? " …" : ""}`,
    )
  }
  await mkdir(dirname(directory), { recursive: true })
  const draft = join(dirname(directory), `.${basename(directory)}.${randomUUID()}`)
  try {
    if ("template" in source) await cp(source.template, draft, { recursive: true })
    else await writeFiles(draft, appFiles(source.answers))
    await nameSchema(draft, directory)
    const commit = await initRepository(draft, "Begin the app")
    if (existsSync(directory)) await rmdir(directory)
    await rename(draft, directory)
    const files = (await readdir(directory)).filter(file => file !== ".git")
    return { directory, files, commit }
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
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
