import { setTimeout as delay } from "node:timers/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import type { OperationServices } from "../operations/operation.ts"
import type { StatusResult } from "../results/status.ts"
import { environmentStatus } from "../status/environment-status.ts"

const watchEvery = 1_000

export default class Status extends ChatopsCommand<StatusResult | null> {
  static override summary = "Show what runs, who is primary, and what is wrong."
  static override description =
    "Exit code 0 when everything is healthy, 6 when something is not. With --watch --json every look is a document on a line of its own."
  static override examples = [
    { description: "Once", command: "<%= config.bin %> status" },
    { description: "Redrawn every second", command: "<%= config.bin %> status --watch" },
    { description: "The entry's address, for a script", command: "<%= config.bin %> status --json | jq -r .entry.url" },
  ]
  static override flags = {
    ...environmentFlags,
    watch: Flags.boolean({ char: "w", summary: "Redraw every second until Ctrl-C.", default: false }),
  }

  async run(): Promise<StatusResult | null> {
    const { flags } = await this.parse(Status)
    const environment = await this.environment(flags)
    return this.withServices(environment, async services => {
      if (flags.watch) return this.#watch(services)
      const status = await environmentStatus(services, this.interrupt.signal)
      // A deploy that was interrupted is more to say than that there is nothing yet.
      if (status.primary === null && status.operation === null)
        throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
      const render = await renderedFor(services)
      for (const line of render(status)) this.log(line)
      if (!status.healthy) process.exitCode = 6
      return status
    })
  }

  /** Ends with Ctrl-C, successfully: what was seen is not what was asked. */
  async #watch(services: OperationServices): Promise<null> {
    const [render, { WatchScreen }] = await Promise.all([renderedFor(services), import("../render/watch-screen.ts")])
    const { signal } = this.interrupt
    this.interrupt.whenNobodyReads(process.stdout)
    const screen = process.stdout.isTTY && !this.jsonEnabled() ? new WatchScreen(process.stdout) : undefined
    let lines: readonly string[] = []
    try {
      while (!signal.aborted) {
        const status = await environmentStatus(services, signal)
        if (this.jsonEnabled()) this.printDocument(status)
        lines = render(status)
        if (screen) screen.draw(lines)
        else for (const line of lines) this.log(line)
        await delay(watchEvery, undefined, { signal })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      screen?.close()
    }
    // What was seen last stays readable.
    if (screen) for (const line of lines) this.log(line)
    return null
  }
}

/** With commands as they have to be typed. */
async function renderedFor({ environment }: OperationServices): Promise<(status: StatusResult) => string[]> {
  const [{ renderStatus }, { typedCommands }] = await Promise.all([
    import("../render/status.ts"),
    import("../next-command.ts"),
  ])
  return status => renderStatus(status).map(line => typedCommands(line, environment))
}
