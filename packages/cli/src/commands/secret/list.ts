import { ChatopsCommand, environmentFlags } from "../../command.ts"
import type { SecretListResult } from "../../results/secret.ts"

export default class SecretList extends ChatopsCommand<SecretListResult> {
  static override summary = "List the names of an environment's secrets."
  static override examples = [{ description: "Names and when each was set", command: "<%= config.bin %> secret list" }]
  static override flags = { ...environmentFlags }

  async run(): Promise<SecretListResult> {
    const { flags } = await this.parse(SecretList)
    const environment = await this.environment(flags)
    const secrets = await this.withServices(environment, ({ target }) => target.secrets.list(this.interrupt.signal))
    if (secrets.length === 0) this.log("There are no secrets. `chatops secret set <name>` keeps one.")
    for (const { name, setAt } of secrets) this.log(`${name.padEnd(20)} set ${setAt.slice(0, 16).replace("T", " ")}`)
    return secrets
  }
}
