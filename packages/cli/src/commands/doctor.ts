import * as Flags from "@oclif/core/flags"
import { ChatopsCommand } from "../command.ts"
import { checksOf } from "../doctor/checks.ts"
import { examine } from "../doctor/examine.ts"
import { thisMachine } from "../doctor/machine.ts"
import { renderFinding } from "../render/finding.ts"
import type { DoctorResult, Finding } from "../results/doctor.ts"

export default class Doctor extends ChatopsCommand<DoctorResult> {
  static override summary = "Say whether this machine has what chatops needs."
  static override description = "Exit code 0 when it does, 3 when something is missing."
  static override examples = [
    { description: "Look", command: "<%= config.bin %> doctor" },
    { description: "Mend what can be mended", command: "<%= config.bin %> doctor --fix" },
  ]
  static override flags = { fix: Flags.boolean({ summary: "Install or build what is missing.", default: false }) }

  async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor)
    const findings: Finding[] = []
    for (const check of checksOf(thisMachine)) {
      const finding = await examine(check, flags.fix, text => this.logToStderr(`  ${text}`))
      findings.push(finding)
      for (const line of renderFinding(finding)) this.log(line)
    }
    const healthy = findings.every(({ state }) => state !== "problem")
    if (!healthy) process.exitCode = 3
    return { healthy, findings }
  }
}
