import { readFile } from "node:fs/promises"
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import { findApp } from "../../find-environment.ts"
import { openLedger } from "../../ledger/index.ts"
import type { DrillVerifyResult } from "../../results/drill-verify.ts"
import { UsageError } from "../../usage/usage-error.ts"

export default class DrillVerify extends ChatopsCommand<DrillVerifyResult> {
  static override summary = "Check the evidence of drills, from the raw events up."
  static override description =
    "Exit code 0 when all of it holds, 6 when something does not, or when there is nothing to check: the signature, every file, the figures, the verdict, the report, and that no drill is missing. Needs nothing but the repository."
  static override examples = [
    { description: "Every drill in the ledger", command: "<%= config.bin %> drill verify" },
    {
      description: "One, with a public key that was handed over",
      command: "<%= config.bin %> drill verify op-20260301-100000000-aaaaaa --key prod.pem",
    },
  ]
  static override args = { id: Args.string({ description: "Id of the drill; default: all." }) }
  static override flags = {
    app: environmentFlags.app,
    env: environmentFlags.env,
    key: Flags.string({
      summary: "Public key (PEM) to believe instead of those in the ledger; may be given several times.",
      helpValue: "FILE",
      multiple: true,
    }),
  }

  async run(): Promise<DrillVerifyResult> {
    const { args, flags } = await this.parse(DrillVerify)
    const ledger = openLedger(findApp(flags.app))
    const keys = flags.key && (await Promise.all(flags.key.map(readKey)))
    const [{ verifyDrills }, { refuseUnknownEnvironment }, { presentRules }, { renderVerification }] =
      await Promise.all([
        import("../../drill/evidence/index.ts"),
        import("../../drill/refuse-unknown-environment.ts"),
        import("../../drill/present-rules.ts"),
        import("../../render/drill-verification.ts"),
      ])
    await refuseUnknownEnvironment(await ledger.view(), flags)
    const result = await verifyDrills(ledger, { id: args.id, environment: flags.env, keys }, presentRules)
    for (const line of renderVerification(result)) this.log(line)
    if (!result.passed) process.exitCode = 6
    return result
  }
}

async function readKey(file: string) {
  const pem = await readFile(file, "utf8").catch(() => {
    throw new UsageError(`${file} cannot be read`, "Name a file that holds a public key.")
  })
  const { readPublicKey } = await import("../../drill/evidence/index.ts")
  const key = readPublicKey(pem)
  if (key) return key
  throw new UsageError(`${file} holds no Ed25519 public key in PEM`, "It begins with `-----BEGIN PUBLIC KEY-----`.")
}
