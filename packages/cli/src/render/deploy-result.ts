import { styleText } from "node:util"
import type { DeployResult } from "../operations/deploy-result.ts"
import { duration } from "./duration.ts"

export function renderDeployResult(result: DeployResult): string[] {
  const total = duration(result.steps.reduce((sum, step) => sum + step.durationMs, 0))
  if (result.outcome === "unchanged") return ["", `Nothing to change. ${result.environment} is as chatops.yaml says: ${result.entry.url} (${total})`]
  const answer = result.verification ? ["", `${styleText("dim", `${result.verification.region} answered:`)} ${result.verification.answer}`] : []
  return [
    ...answer,
    "",
    `${styleText("green", "Deployed")} ${result.environment} in ${total}: ${styleText("bold", result.entry.url ?? "")}`,
    styleText("dim", `primary ${result.primary} · ${result.release} · ${result.operation}`),
  ]
}
