import { setTimeout as delay } from "node:timers/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import { Flags } from "@oclif/core"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import type { StatusResult } from "../results/status.ts"
import { environmentStatus } from "../status/environment-status.ts"

const watchEvery = 1_000
const clearScreen = "\u001b[H\u001b[J"

export default class Status extends ChatopsCommand<StatusResult> {
  static override summary = "Show what runs, who is primary, and what is wrong."
  static override description = "Exit code 0 when everything is healthy, 6 when something is not."
  static override examples = [
    { description: "Once", command: "<%= config.bin %> status" },
    { description: "Redrawn every second", command: "<%= config.bin %> status --watch" },
    { description: "The entry's address, for a script", command: "<%= config.bin %> status --json | jq -r .entry.url" },
  ]
  static override flags = {
    ...environmentFlags,
    watch: Flags.boolean({ char: "w", summary: "Redraw every second until Ctrl-C.", default: false }),
  }

  async run(): Promise<StatusResult> {
    const { flags } = await this.parse(Status)
    const environment = await this.environment(flags)
    const { signal } = this.interrupt
    const { renderStatus } = await import("../render/status.ts")
    return this.withServices(environment, async services => {
      let status = await environmentStatus(services, signal)
      if (!flags.watch) for (const line of renderStatus(status)) this.log(line)
      while (flags.watch && !signal.aborted) {
        process.stdout.write(`${process.stdout.isTTY ? clearScreen : ""}${renderStatus(status).join("\n")}\n`)
        await delay(watchEvery, undefined, { signal }).catch(() => undefined)
        status = await environmentStatus(services, signal)
      }
      if (status.primary === null)
        throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
      if (!status.healthy) process.exitCode = 6
      return status
    })
  }
}
