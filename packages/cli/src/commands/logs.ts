import { type LogLevel, type LogLine, logLevels } from "@chatops/stacks/log-line"
import { Flags } from "@oclif/core"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import { renderLogLine } from "../render/log-line.ts"

export default class Logs extends ChatopsCommand<LogLine[]> {
  static override summary = "Show what the processes write, merged by time."
  static override examples = [
    { description: "Follow everything", command: "<%= config.bin %> logs --follow" },
    { description: "What went wrong in west", command: "<%= config.bin %> logs --region west --level warn" },
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
      summary: "One process only: r1, database, gateway, agent …",
      aliases: ["replica"],
    }),
    level: Flags.option({ options: logLevels, summary: "Lowest level to show.", default: "info" as LogLevel })(),
    tail: Flags.integer({ char: "n", summary: "Lines from before, for each process.", default: 20, min: 0 }),
  }

  async run(): Promise<LogLine[]> {
    const { flags } = await this.parse(Logs)
    const environment = await this.environment(flags)
    const { follow, region, process: name, level, tail } = flags
    const selection = {
      follow,
      level,
      tail,
      ...(region !== undefined && { region }),
      ...(name !== undefined && { process: name }),
    }
    const collected: LogLine[] = []
    await this.withServices(environment, async ({ target }) => {
      for await (const line of target.logs(selection, this.interrupt.signal)) {
        if (this.jsonEnabled()) collected.push(line)
        else this.log(renderLogLine(line))
      }
    })
    return collected
  }
}
