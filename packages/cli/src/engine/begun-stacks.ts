import { existsSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Environment } from "@chatops/stacks"
import type { StackName } from "./stack-name.ts"

/** Directory of one stack's own: the engine works there, and marks in it tell how far the stack ever got. */
export const stackDirectory = ({ directories }: Environment, name: string): string =>
  join(directories.state, "pulumi", "work", name)

/** Exists from before a stack's first update until the stack has been destroyed. */
export const begunMark = (environment: Environment, name: StackName): string =>
  join(stackDirectory(environment, name), ".begun")

/** Stacks whose first update was begun at least. Asks no engine, which would take half a second and may be missing. */
export async function begunStacks(environment: Environment): Promise<StackName[]> {
  const entries = (await readdir(stackDirectory(environment, "")).catch(() => [])) as StackName[]
  return entries.filter(name => existsSync(begunMark(environment, name)))
}
