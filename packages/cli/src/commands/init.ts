import { basename, relative, resolve } from "node:path"
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand } from "../command.ts"
import { initApp } from "../init/init-app.ts"
import { askForApp } from "../init/questions.ts"
import { invocation } from "../invocation.ts"
import type { InitResult } from "../results/init.ts"

export default class Init extends ChatopsCommand<InitResult> {
  static override summary = "Make a new app: chatops.yaml, a prompt, a git repository, files for CI."
  static override examples = [
    { description: "Ask what is needed", command: "<%= config.bin %> init my-bot" },
    { description: "Ask nothing", command: "<%= config.bin %> init my-bot --yes" },
    { description: "Begin with another app", command: "<%= config.bin %> init my-bot --from ../support-bot" },
  ]
  static override args = { directory: Args.string({ description: "Where; default: this directory.", default: "." }) }
  static override flags = {
    yes: Flags.boolean({ char: "y", summary: "Ask nothing; take the defaults.", default: false }),
    from: Flags.directory({ summary: "Copy this app instead of making one.", exists: true }),
  }

  async run(): Promise<InitResult> {
    const { args, flags } = await this.parse(Init)
    const directory = resolve(args.directory)
    const ask = !flags.yes && flags.from === undefined && !this.jsonEnabled() && process.stdin.isTTY === true
    const answers = await askForApp(basename(directory), { ask })
    const result = await initApp(
      directory,
      flags.from === undefined ? { answers } : { template: resolve(flags.from) },
      this.interrupt.signal,
    )
    this.log(`${result.directory} is an app now: ${result.files.join(", ")}`)
    const enter = directory === process.cwd() ? "" : `cd ${relative(process.cwd(), directory)} && `
    this.log(`Next: ${enter}${invocation(directory)} deploy`)
    return result
  }
}
