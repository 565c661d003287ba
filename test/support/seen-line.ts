import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { type Surroundings, startChatops } from "./chatops.ts"

/** Resolves at the first line that matches; rejects when the command ends without one. */
export function sawLine(child: ChildProcess, pattern: RegExp): Promise<void> {
  let output = ""
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      output += chunk
      if (pattern.test(output)) resolve()
    }
    child.stdout?.on("data", look)
    child.stderr?.on("data", look)
    child.once("close", () => reject(new Error(`ended without a line like ${pattern}:\n${output}`)))
  })
}

/** Kills a command when it shows the line. Resolves with "killed", or with how it ended before that. */
export async function killedAtLine(args: readonly string[], line: RegExp, surroundings: Surroundings): Promise<string> {
  const child = startChatops(args, surroundings)
  const closed = once(child, "close")
  const output = await sawLine(child, line).then(
    () => "",
    (ended: Error) => ended.message,
  )
  child.kill("SIGKILL")
  await closed
  return child.signalCode === "SIGKILL" ? "killed" : `ended with ${child.exitCode}: ${output}`
}
