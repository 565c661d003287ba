import type { Environment, TargetPrograms } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { targets } from "@chatops/stacks/targets"
import { begunStacks } from "../engine/begun-stacks.ts"
import type { Engine } from "../engine/engine.ts"
import type { OperationServices } from "./operation.ts"

export interface ServiceOptions {
  readonly signal: AbortSignal
  readonly confirm: OperationServices["confirm"]
  readonly onProgress: (part: string, text: string) => void
  /** For work that only looks: nothing is reserved for a deploy that may never come. */
  readonly dryRun?: boolean
}

export interface OpenedServices extends OperationServices {
  close(): Promise<void>
}

/** Everything an operation works with, made once at the edge; what is costly is opened when it is first asked for. */
export async function openServices(environment: Environment, options: ServiceOptions): Promise<OpenedServices> {
  const registered = targets[environment.config.target]
  if (!registered) throw new ChatopsError("CONFIG_INVALID", `there is no target ${environment.config.target}`)
  const target = await registered.open(environment)
  const programs = once(
    (): Promise<TargetPrograms> => target.reserve({ signal: options.signal, dryRun: options.dryRun ?? false }),
  )
  let opened: Promise<Engine> | undefined
  return {
    environment,
    target,
    programs,
    begunStacks: () => begunStacks(environment),
    engine: () => {
      opened ??= openEngine()
      return opened
    },
    ledger: once(async () => (await import("../ledger/index.ts")).openLedger(environment.appDirectory)),
    repository: once(async () => (await import("../ledger/index.ts")).repositoryState(environment.appDirectory)),
    confirm: options.confirm,
    close: async () => (await opened?.catch(() => undefined))?.close(),
  }

  async function openEngine(): Promise<Engine> {
    const [{ Engine }, reserved] = await Promise.all([import("../engine/engine.ts"), programs()])
    return Engine.open(environment, target, reserved, options)
  }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
