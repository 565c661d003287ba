import { text } from "node:stream/consumers"

/** Reads a secret: from the pipe, or typed without being shown. One line break at the end is not part of it. */
export async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, "")
  const { password } = await import("@inquirer/prompts")
  return password({ message: question, mask: true })
}
