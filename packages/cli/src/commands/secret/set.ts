import { ChatopsError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import { readSecret } from "../../render/read-secret.ts"
import type { SecretSetResult } from "../../results/secret.ts"

export default class SecretSet extends ChatopsCommand<SecretSetResult> {
  static override summary = "Keep a secret for an environment. The value is read from standard input."
  static override description = "The next deploy hands it to the replicas that use it."
  static override examples = [
    { description: "Asked for, without being shown", command: "<%= config.bin %> secret set openai" },
    { description: "From a password manager", command: "pass show openai | <%= config.bin %> secret set openai" },
  ]
  static override args = {
    name: Args.string({ required: true, description: "Name, as chatops.yaml has it in `apiKey: { secret: … }`." }),
  }
  static override flags = { ...environmentFlags }

  async run(): Promise<SecretSetResult> {
    const { args, flags } = await this.parse(SecretSet)
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(args.name))
      throw new ChatopsError(
        "SECRET_INVALID",
        `\`${args.name}\` is no name for a secret: small letters, digits and dashes`,
      )
    const environment = await this.environment(flags)
    const value = await readSecret(`Value of ${args.name}`)
    if (value === "") throw new ChatopsError("SECRET_INVALID", "the value is empty")
    await this.withServices(environment, ({ target }) => target.secrets.set(args.name, value, this.interrupt.signal))
    this.log(`${args.name} is set for ${environment.config.name}; \`chatops deploy\` hands it on`)
    return { name: args.name }
  }
}
