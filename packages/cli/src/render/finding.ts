import { styleText } from "node:util"
import type { Finding } from "../results/doctor.ts"

const marks = { ok: styleText("green", "✔"), warning: styleText("yellow", "!"), problem: styleText("red", "✖") }

export function renderFinding({ name, state, detail, hint }: Finding): string[] {
  return [
    `${marks[state]} ${name.padEnd(16)} ${detail}`,
    ...(hint === undefined ? [] : [styleText("dim", `  ${" ".repeat(17)}${hint}`)]),
  ]
}
