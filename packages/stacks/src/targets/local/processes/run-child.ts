import type { ProcessMessage } from "@chatops/runtime/contract"

type Tell = (message: ProcessMessage) => void

/**
 * Frame of a small supervised process: starts, reports over IPC, ends on SIGTERM.
 * A failure to start is told as `fatal`, so that the supervisor shows it instead of restarting in vain.
 */
export async function runChild(start: (tell: Tell) => Promise<() => void>): Promise<void> {
  const tell: Tell = message => void process.send?.(message)
  try {
    const stop = await start(tell)
    process.once("SIGTERM", () => {
      stop()
      process.exit(0)
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    process.stderr.write(`${message}\n`)
    await new Promise(resolve => {
      const fatal: ProcessMessage = {
        type: "fatal",
        code: code === "EADDRINUSE" ? "PORT_TAKEN" : "PROCESS_FAILED",
        message,
      }
      if (process.send) process.send(fatal, resolve)
      else resolve(undefined)
    })
    process.exit(1)
  }
}
