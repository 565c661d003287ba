import { ChatopsError } from "@chatops/stacks/errors"
import * as Flags from "@oclif/core/flags"
import { chatPageAddress } from "../client/chat-page-address.ts"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import type { OpenResult } from "../results/open.ts"

export default class Open extends ChatopsCommand<OpenResult> {
  static override summary = "Open the chat page in a browser."
  static override description =
    "The address holds a token that works once, within five minutes; the page exchanges it for a session of twelve hours."
  static override examples = [
    { description: "Open it", command: "<%= config.bin %> open" },
    { description: "Print the address only", command: "<%= config.bin %> open --no-browser" },
  ]
  static override flags = {
    ...environmentFlags,
    browser: Flags.boolean({ summary: "Start a browser.", default: true, allowNo: true }),
  }

  async run(): Promise<OpenResult> {
    const { flags } = await this.parse(Open)
    const environment = await this.environment(flags)
    const url = await this.withServices(environment, services => chatPageAddress(services, this.interrupt.signal))
    this.log(url)
    if (flags.browser && !this.jsonEnabled()) {
      const { default: open } = await import("open")
      await open(url).catch(error => {
        throw new ChatopsError("NO_BROWSER", `no browser could be started: ${(error as Error).message}`)
      })
    }
    return { url }
  }
}
