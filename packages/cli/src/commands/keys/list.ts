import { ChatopsCommand, environmentFlags } from "../../command.ts"
import { renderKeys } from "../../render/keys.ts"
import type { KeysListResult } from "../../results/keys.ts"

export default class KeysList extends ChatopsCommand<KeysListResult> {
  static override summary = "List API keys. The keys themselves are not kept."
  static override examples = [{ description: "All of them", command: "<%= config.bin %> keys list" }]
  static override flags = { ...environmentFlags }

  async run(): Promise<KeysListResult> {
    const { flags } = await this.parse(KeysList)
    const environment = await this.environment(flags)
    const keys = await this.withServices(environment, ({ target }) => target.keys.list(this.interrupt.signal))
    for (const line of renderKeys(keys)) this.log(line)
    return keys
  }
}
