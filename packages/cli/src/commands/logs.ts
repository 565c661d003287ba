import { ChatopsError } from "@chatops/stacks/errors"
import { type LogLevel, logLevels } from "@chatops/stacks/log-line"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import { renderLogLine } from "../render/log-line.ts"
import type { LogsResult } from "../results/logs.ts"
import { UsageError } from "../usage/usage-error.ts"

export default class Logs extends ChatopsCommand<LogsResult | null> {
  static override summary = "Show what the processes write, merged by time."
  static override description =
    "Under --json it is one list of records; with --follow every record is a document on a line of its own."
  static override examples = [
    { description: "Follow everything", command: "<%= config.bin %> logs --follow" },
    { description: "What went wrong in west", command: "<%= config.bin %> logs --region west --level warn" },
    {
      description: "For a program, one record a line",
      command: "<%= config.bin %> logs --follow --json | jq .message",
    },
    { description: "PostgreSQL of east", command: "<%= config.bin %> logs --region east --process database" },
  ]
  static override flags = {
    ...environmentFlags,
    follow: Flags.boolean({
      char: "f",
      summary: "Go on with what is written from now on, until Ctrl-C.",
      default: false,
    }),
    region: Flags.string({ char: "r", summary: "One region only." }),
    process: Flags.string({
      char: "p",
      summary: "One process only, such as r1, database, gateway or agent.",
      aliases: ["replica"],
    }),
    level: Flags.option({ options: logLevels, summary: "Lowest level to show.", default: "info" as LogLevel })(),
    tail: Flags.integer({ char: "n", summary: "Lines from before, for each process.", default: 20, min: 0 }),
  }

  async run(): Promise<LogsResult | null> {
    const { flags } = await this.parse(Logs)
    const environment = await this.environment(flags)
    const { follow, region, process: name, level, tail } = flags
    refuseUnknownRegion(
      region,
      environment.config.regions.map(known => known.name),
    )
    const selection = {
      follow,
      level,
      tail,
      ...(region !== undefined && { region }),
      ...(name !== undefined && { process: name }),
    }
    const { signal } = this.interrupt
    this.interrupt.whenNobodyReads(process.stdout)
    const collected: LogsResult[number][] = []
    await this.withServices(environment, async ({ target }) => {
      let nothing = true
      for await (const line of target.logs(selection, signal)) {
        if (signal.aborted) break
        nothing = false
        if (!this.jsonEnabled()) this.log(renderLogLine(line))
        else if (follow) this.printDocument(line)
        else collected.push(line)
      }
      if (!nothing || signal.aborted) return
      if (!(await target.inspect(signal)).deployed)
        throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
      if (!follow) this.logToStderr(`Nothing of level ${level} or above in the last ${tail} lines${of(selection)}.`)
    })
    return follow ? null : collected
  }
}

/** ` of r1 in east`, as far as it was chosen. */
const of = ({ region, process }: { region?: string; process?: string }): string =>
  ` of ${process ?? "each process"}${region === undefined ? "" : ` in ${region}`}`

function refuseUnknownRegion(region: string | undefined, known: readonly string[]): void {
  if (region === undefined || known.includes(region)) return
  throw new UsageError(`there is no region ${region}`, `chatops.yaml has ${known.join(", ")}.`)
}
