import { join } from "node:path"
import { readIfExists } from "../../../process/durable-file.ts"
import { AgentSpec } from "./spec.ts"

/** What was last asked of the agent in this directory; undefined when nothing was, or when it cannot be read. */
export async function recordedSpec(directory: string): Promise<AgentSpec | undefined> {
  try {
    const content = await readIfExists(join(directory, "spec.json"))
    return AgentSpec.safeParse(JSON.parse(content ?? "")).data
  } catch {
    return undefined
  }
}
