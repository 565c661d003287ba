import type { ProcessMessage } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { systemError } from "../../../errors/system-error.ts"
import { outliveFullLog } from "../agent/process-log.ts"

type Tell = (message: ProcessMessage) => void

/**
 * Frame of a small supervised process: starts, reports over IPC, ends on SIGTERM.
 * A failure to start is told as `fatal`, so that the supervisor shows it and tries again only now and then.
 */
export async function runChild(start: (tell: Tell) => Promise<() => void>): Promise<void> {
  outliveFullLog()
  const tell: Tell = message => void process.send?.(message)
  try {
    const stop = await start(tell)
    process.once("SIGTERM", () => {
      stop()
      process.exit(0)
    })
  } catch (error) {
    const known = systemError(error as Error)
    const { message } = known
    process.stderr.write(`${message}\n`)
    await new Promise(resolve => {
      const fatal: ProcessMessage = {
        type: "fatal",
        code: codeOf(known),
        message,
      }
      if (process.send) process.send(fatal, resolve)
      else resolve(undefined)
    })
    process.exit(1)
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  if (error instanceof ChatopsError) return error.code
  return error.code === "EADDRINUSE" ? "PORT_TAKEN" : "PROCESS_FAILED"
}
