import { ChatopsError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import type { KeysRevokeResult } from "../../results/keys.ts"

export default class KeysRevoke extends ChatopsCommand<KeysRevokeResult> {
  static override summary = "Revoke an API key. It stops working within five seconds."
  static override description = "To revoke a key again is no error."
  static override examples = [
    { description: "By the id that `keys list` shows", command: "<%= config.bin %> keys revoke key_0123" },
  ]
  static override args = { id: Args.string({ required: true, description: "Id of the key." }) }
  static override flags = { ...environmentFlags }

  async run(): Promise<KeysRevokeResult> {
    const { args, flags } = await this.parse(KeysRevoke)
    const environment = await this.environment(flags)
    const revoked = await this.withServices(environment, ({ target }) =>
      target.keys.revoke(args.id, this.interrupt.signal),
    )
    if (!revoked) throw new ChatopsError("KEY_UNKNOWN", `there is no key ${args.id}`)
    this.log(`${args.id} is revoked`)
    return { id: args.id, revoked }
  }
}
