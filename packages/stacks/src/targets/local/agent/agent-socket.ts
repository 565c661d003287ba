import { join } from "node:path"
import { readIfExists } from "../../../process/durable-file.ts"
import type { AgentSpec } from "./spec.ts"

export type AgentPlace = Pick<AgentSpec, "directory" | "socket">

/**
 * Where the agent of this directory listens: what it was last told, which may be another place than it would be told
 * today. Whichever version of chatops told it; a copied directory's record names the original's agent, and does not count.
 */
export async function agentSocket({ directory, socket }: AgentPlace): Promise<string> {
  const recorded = await lastPlace(directory)
  return recorded?.directory === directory && typeof recorded.socket === "string" ? recorded.socket : socket
}

async function lastPlace(directory: string): Promise<Partial<AgentPlace> | undefined> {
  try {
    return JSON.parse((await readIfExists(join(directory, "spec.json"))) ?? "{}") as Partial<AgentPlace>
  } catch {
    return undefined
  }
}
