import { readFileSync } from "node:fs"
import type * as z from "zod"
import type { ProcessMessage } from "../contract/index.ts"

/** The process cannot run, and would not if it were started again unchanged. */
export class FatalError extends Error {
  override readonly name = "FatalError"
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Reads the file that `CHATOPS_SETTINGS` names. Throws `FatalError`. */
export function readSettings<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
  const file = process.env["CHATOPS_SETTINGS"]
  if (file === undefined) throw new FatalError("SETTINGS_INVALID", "CHATOPS_SETTINGS names no settings file.")
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")))
  } catch (error) {
    throw new FatalError("SETTINGS_INVALID", `${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** Reads a secret's file. Throws `FatalError`. */
export function readSecret(file: string): string {
  try {
    return readFileSync(file, "utf8").trim()
  } catch (error) {
    throw new FatalError("SECRET_UNREADABLE", messageOf(error), { cause: error })
  }
}

/** Tells the supervisor, if there is one; settles when it has the message. */
export function tellSupervisor(message: ProcessMessage): Promise<void> {
  return new Promise(resolve => {
    // A supervisor that is gone cannot be told anything; that is no reason to stop serving.
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })
}

/** Runs a process to its end or until it serves; what it throws ends it with exit code 1 and a `fatal` message. */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const code = error instanceof FatalError ? error.code : codeOf(error)
    const line = { level: "error", time: new Date().toISOString(), code, msg: messageOf(error) }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    await tellSupervisor({ type: "fatal", code, message: messageOf(error) })
    process.exit(1)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "START_FAILED"
