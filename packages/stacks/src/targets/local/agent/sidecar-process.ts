import { readFileSync } from "node:fs"
import type { RoleContext } from "./role.ts"
import { type ProcessPlan, SupervisedProcess } from "./supervised-process.ts"

/** One optional process of a region, replaced when its settings changed. */
export class SidecarProcess {
  readonly #context: RoleContext
  #process: SupervisedProcess | undefined
  #settings = ""

  constructor(context: RoleContext) {
    this.#context = context
  }

  get process(): SupervisedProcess | undefined {
    return this.#process
  }

  async apply(plan: ProcessPlan | undefined): Promise<void> {
    if (!plan) return this.stop()
    const settings = readFileSync(plan.environment["CHATOPS_SETTINGS"] ?? "", "utf8")
    if (this.#process && settings === this.#settings) return this.#process.start()
    await this.stop()
    this.#settings = settings
    this.#process = new SupervisedProcess(plan)
    this.#process.on("change", () => this.#context.changed())
    this.#process.on("spawned", ({ pid, started }) => this.#context.remember(plan.name, pid, started))
    this.#process.start()
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
    this.#process = undefined
  }
}
