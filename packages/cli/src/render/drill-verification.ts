import { styleText } from "node:util"
import { catalog, type ErrorCode } from "@chatops/stacks/errors"
import type { DrillVerifyResult } from "../results/drill-verify.ts"

type Check = DrillVerifyResult["missing"][number]

const good = styleText("green", "✔")
const bad = styleText("red", "✖")

export function renderVerification({ passed, drills, missing, latest }: DrillVerifyResult): string[] {
  const failed = [...missing, ...drills.flatMap(({ checks }) => checks)].filter(check => !check.passed)
  const good = drills.filter(drill => drill.passed).length
  return [
    ...missing.flatMap(renderCheck),
    ...drills.flatMap(({ id, environment, outcome, keyId, checks, ...drill }) => [
      `${drill.passed ? styleText("green", "✔") : bad} ${id}  ${environment}  ${outcome ?? "unreadable"}  ${styleText("dim", keyId ? `key ${keyId.slice(0, 16)}…` : "no key")}`,
      ...checks.flatMap(check => renderCheck(check).map(line => `  ${line}`)),
    ]),
    "",
    passed
      ? `${good} of ${drills.length} drills hold.`
      : styleText("red", `${good} of ${drills.length} drills hold; ${failed.length} findings.`),
    ...latest.map(({ environment, id, statement }) =>
      styleText("dim", `last of ${environment}: ${id}, statement ${statement}`),
    ),
  ]
}

function renderCheck({ check, passed, code, file, detail }: Check): string[] {
  if (passed) return [`${good} ${check.padEnd(10)} ${detail}`]
  return [
    `${bad} ${check.padEnd(10)} ${code} ${file}: ${detail}`,
    ...(code && code in catalog ? [styleText("dim", `             ${catalog[code as ErrorCode].hint}`)] : []),
  ]
}
