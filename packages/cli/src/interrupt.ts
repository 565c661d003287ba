import { ChatopsError } from "@chatops/stacks/errors"

const showCursor = "\u001b[?25h"

/**
 * Ends the command on Ctrl-C or SIGTERM: the first aborts `signal`, so that what is under way ends cleanly; the second
 * ends the process at once. Whoever wants to say what the first one does sets `explain`.
 */
export class Interrupt {
  readonly #controller = new AbortController()
  explain: (() => void) | undefined

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  listen(): void {
    const onSignal = () => {
      if (this.signal.aborted) {
        if (process.stderr.isTTY) process.stderr.write(showCursor)
        process.exit(130)
      }
      this.explain?.()
      this.#controller.abort(new ChatopsError("INTERRUPTED", "interrupted"))
    }
    process.on("SIGINT", onSignal)
    process.on("SIGTERM", onSignal)
  }

  /** For commands that only show something: nobody reads any more, as in `chatops logs --follow | head`. */
  whenNobodyReads(output: NodeJS.EventEmitter): void {
    output.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") this.#controller.abort(error)
    })
  }
}
