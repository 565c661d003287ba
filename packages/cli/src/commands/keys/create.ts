import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import type { KeysCreateResult } from "../../results/keys.ts"

export default class KeysCreate extends ChatopsCommand<KeysCreateResult> {
  static override summary = "Make an API key. It is shown once; only its hash is kept."
  static override examples = [
    { description: "A key for the website", command: "<%= config.bin %> keys create --name website" },
    {
      description: "Straight into a variable",
      command: "export OPENAI_API_KEY=$(<%= config.bin %> keys create --json | jq -r .key)",
    },
  ]
  static override flags = {
    ...environmentFlags,
    name: Flags.string({ summary: "What the key is for.", default: "unnamed" }),
    tenant: Flags.string({ summary: "Whose conversations it opens.", default: "default" }),
    days: Flags.integer({ summary: "Days until it expires; default: never.", min: 1 }),
  }

  async run(): Promise<KeysCreateResult> {
    const { flags } = await this.parse(KeysCreate)
    const environment = await this.environment(flags)
    const created = await this.withServices(environment, ({ target }) =>
      target.keys.create(
        {
          name: flags.name,
          tenant: flags.tenant,
          ...(flags.days !== undefined && { expiresInSeconds: flags.days * 86_400 }),
        },
        this.interrupt.signal,
      ),
    )
    this.log(created.key)
    this.logToStderr(`${created.id} for tenant ${created.tenant}; the key is not shown again`)
    return created
  }
}
