import { text } from "node:stream/consumers"
import { prompted } from "./prompts.ts"

/** Reads a secret: from the pipe, or typed without being shown. One line break at the end is not part of it. */
export async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, "")
  const { password } = await import("@inquirer/prompts")
  // The question is no output: `--json` and pipes keep standard output for the result.
  return prompted(password({ message: question, mask: true }, { output: process.stderr }))
}
