import { ChatopsCommand, environmentFlags, yesFlag } from "../command.ts"
import { destroy } from "../operations/destroy.ts"
import type { DestroyResult } from "../results/destroy.ts"

export default class Destroy extends ChatopsCommand<DestroyResult> {
  static override summary = "Remove an environment: processes, data, secrets, everything."
  static override examples = [
    { description: "Remove the local environment", command: "<%= config.bin %> destroy --env local" },
  ]
  static override flags = { ...environmentFlags, ...yesFlag }

  async run(): Promise<DestroyResult> {
    const { flags } = await this.parse(Destroy)
    const environment = await this.environment(flags)
    const { id } = await this.execute(environment, destroy(), flags)
    this.log(`\n${environment.config.name} is gone. The ledger keeps the record: chatops history`)
    return { operation: id, environment: environment.config.name }
  }
}
