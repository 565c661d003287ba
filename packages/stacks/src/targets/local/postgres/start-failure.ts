import { open } from "node:fs/promises"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { explainPort } from "../agent/port-owner.ts"

const longestTail = 16 * 1024

/** Why PostgreSQL does not start, in its own words. */
export async function startFailure(logFile: string, port: number): Promise<ChatopsError> {
  const lines = (await tail(logFile)).split("\n")
  const lastStart = lines.findLastIndex(line => line.includes("starting PostgreSQL"))
  const said = lines.slice(Math.max(0, lastStart)).map(line => line.replace(/^.*?\] /, ""))
  if (said.some(line => line.includes("Address already in use"))) {
    return new ChatopsError("PORT_TAKEN", explainPort(`the database's port 127.0.0.1:${port} is taken`))
  }
  const words =
    said.findLast(line => /^(FATAL|PANIC):/.test(line)) ?? said.findLast(line => line !== "") ?? "it says nothing"
  const code = tellsFullDisk(said.join("\n")) ? "DISK_FULL" : "DATABASE_START"
  return new ChatopsError(code, `PostgreSQL does not start: ${words}`)
}

/**
 * PostgreSQL says it by the system's words, or by a hint after a write that came out short. A limit on the size of files
 * is met in the same way, and ends in the same way.
 */
export const tellsFullDisk = (text: string): boolean =>
  /No space left on device|Check free disk space|File too large/.test(text)

/** What a copy of the data would meet as well. */
const ofTheMachine =
  /Permission denied|Cannot allocate memory|Too many open files|Read-only file system|shared memory|lock file/

/** Whether it is for what lies in the directory that PostgreSQL does not start. */
export const blamesDirectory = (failure: Error): boolean =>
  failure instanceof ChatopsError && failure.code === "DATABASE_START" && !ofTheMachine.test(failure.message)

async function tail(file: string): Promise<string> {
  const handle = await open(file, "r")
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - longestTail)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString("utf8", 0, bytesRead)
  } finally {
    await handle.close()
  }
}
