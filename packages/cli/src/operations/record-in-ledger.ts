import type { LedgerFile, LedgerRecord } from "../ledger/index.ts"
import { actor } from "./actor.ts"
import type { FinishedStep, OperationServices, StepContext, StepResult } from "./operation.ts"
import { recordWatcherActions, tellToCome } from "./record-watcher.ts"

/**
 * Step that ends an operation: one entry in the ledger with the files that it brings, pushed where there is a remote. A
 * remote that is away costs nothing.
 */
export async function recordStep(
  context: StepContext,
  result: LedgerRecord["result"] = {},
  files: readonly LedgerFile[] = [],
): Promise<StepResult> {
  // What the watcher did comes first.
  const watcher = await recordWatcherActions(context, context.signal)
  const ledger = await context.ledger()
  const summaries = context.finished.filter(({ summary }) => summary !== "" && summary !== "unchanged")
  await ledger.append(
    await makeRecord(context, {
      id: context.operationId,
      kind: context.kind,
      outcome: "succeeded",
      steps: context.finished,
      result,
      summary: summaries.find(({ name }) => telling.has(name))?.summary ?? context.kind,
    }),
    { files },
  )
  const push = await ledger.push()
  const summary = describePush(push.outcome, "reason" in push ? push.reason : undefined)
  return { output: push, summary, details: tellToCome(watcher) }
}

/**
 * For an operation that is given up after it began to change something: how far its last step came, nobody can say. A
 * ledger that is away stops nobody. What is still to come to it, for people.
 */
export async function recordAborted(
  services: OperationServices,
  { id, kind, finished, outputs = {} }: Aborted,
  reason: string,
): Promise<string[]> {
  const watcher = await recordWatcherActions(services, AbortSignal.timeout(watcherPatience))
  try {
    const ledger = await services.ledger()
    const result = primaryChanged(outputs)
    const aborted = { id, kind, outcome: "aborted", steps: finished, summary: reason, result } as const
    await ledger.append(await makeRecord(services, aborted))
    await ledger.push()
  } catch {
    // The journal has it; the operation ends all the same.
  }
  return tellToCome(watcher)
}

/** Somebody waits who gives something up; in milliseconds. */
const watcherPatience = 10_000

interface Aborted {
  readonly id: string
  readonly kind: string
  readonly finished: readonly FinishedStep[]
  readonly outputs?: Readonly<Record<string, unknown>>
}

/** A primary that was changed stays so, whatever else was given up. */
const primaryChanged = (outputs: Readonly<Record<string, unknown>>): LedgerRecord["result"] =>
  (outputs["claim"] ?? outputs["hand over"] ?? {}) as LedgerRecord["result"]

/** Steps whose summary is the operation's. */
const telling: ReadonlySet<string> = new Set(["plan", "stacks", "claim", "hand over", "write"])

interface Recorded {
  readonly id: string
  readonly kind: string
  readonly outcome: LedgerRecord["outcome"]
  readonly steps: readonly FinishedStep[]
  readonly summary: string
  readonly result?: LedgerRecord["result"]
}

async function makeRecord({ environment, repository }: OperationServices, recorded: Recorded): Promise<LedgerRecord> {
  const { head, dirty } = await repository()
  return {
    schema: 1,
    ...recorded,
    environment: environment.config.name,
    app: environment.app.app,
    startedAt: recorded.steps[0]?.startedAt ?? new Date().toISOString(),
    finishedAt: new Date().toISOString(),
    release: environment.release,
    actor: actor(),
    commit: head,
    dirty,
    steps: recorded.steps.map(({ name, startedAt, durationMs }) => ({
      name,
      startedAt,
      durationMs,
      outcome: "succeeded",
    })),
    result: recorded.result ?? {},
  }
}

function describePush(outcome: string, reason: string | undefined): string {
  if (outcome === "pushed") return "written to the ledger and pushed"
  if (outcome === "no-remote") return "written to the ledger"
  return `written to the ledger; not pushed (${reason ?? outcome}), the next operation tries again`
}
