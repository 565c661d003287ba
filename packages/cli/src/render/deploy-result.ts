import { styleText } from "node:util"
import type { DeployResult } from "../results/deploy.ts"
import { duration } from "./duration.ts"

/** What a deploy ends with: where it is, and what to try next. The answer that proved it stands above, where it was streamed. */
export function renderDeployResult(
  result: DeployResult,
  chatPage: string,
  typed: (command: string) => string,
): string[] {
  const total = duration(result.steps.reduce((sum, step) => sum + step.durationMs, 0))
  return [
    "",
    ...result.notes.map(note => styleText("yellow", `! ${note}`)),
    headline(result, total),
    styleText("dim", `primary ${result.primary} · ${result.release} · ${result.operation}`),
    "",
    `chat page  ${chatPage}`,
    `API        ${result.entry.url}/v1`,
    "",
    "Next:",
    ...['chat "What can you do?"', "status", "logs --follow"].map(command => `  ${typed(command)}`),
  ]
}

function headline({ outcome, environment, entry }: DeployResult, total: string): string {
  if (outcome === "unchanged") return `Nothing to change: ${environment} is as chatops.yaml says (looked for ${total}).`
  return `${styleText("green", "Deployed")} ${environment} in ${total}: ${styleText("bold", entry.url ?? "")}`
}
