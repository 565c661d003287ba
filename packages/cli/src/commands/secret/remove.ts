import { ChatopsError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import type { SecretRemoveResult } from "../../results/secret.ts"

export default class SecretRemove extends ChatopsCommand<SecretRemoveResult> {
  static override summary = "Forget a secret."
  static override examples = [{ description: "By its name", command: "<%= config.bin %> secret remove openai" }]
  static override args = { name: Args.string({ required: true, description: "Name of the secret." }) }
  static override flags = { ...environmentFlags }

  async run(): Promise<SecretRemoveResult> {
    const { args, flags } = await this.parse(SecretRemove)
    const environment = await this.environment(flags)
    const removed = await this.withServices(environment, ({ target }) =>
      target.secrets.remove(args.name, this.interrupt.signal),
    )
    if (!removed)
      throw new ChatopsError("SECRET_MISSING", `there is no secret ${args.name} in ${environment.config.name}`, {
        hint: "`chatops secret list` shows their names.",
      })
    this.log(`${args.name} is removed from ${environment.config.name}`)
    return { name: args.name }
  }
}
