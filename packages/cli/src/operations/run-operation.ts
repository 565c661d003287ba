import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { takeLock } from "@chatops/stacks/process"
import { version } from "../version.ts"
import { actor } from "./actor.ts"
import { Journal, type JournaledOperation, unfinishedOperation } from "./journal.ts"
import type { Operation, OperationServices } from "./operation.ts"
import { type OperationResult, OperationRun, type RunOptions } from "./operation-run.ts"
import { recordAborted } from "./record-in-ledger.ts"

/**
 * Runs an operation's steps, journaling before and after each. Throws OPERATION_RUNNING when another one runs,
 * OPERATION_UNFINISHED when one was left that this one does not supersede, and the step's own error when one failed.
 */
export async function runOperation(operation: Operation, options: RunOptions): Promise<OperationResult> {
  return exclusively(operation.kind, options, async () => {
    const left = unfinishedOperation(journalDirectory(options.services))
    if (left) await giveUp(left, operation, options)
    const id = newId()
    const journal = Journal.open(journalDirectory(options.services), id)
    const { environment } = options.services
    journal.append({
      type: "begun",
      id,
      kind: operation.kind,
      environment: environment.config.name,
      choice: operation.choice,
      at: new Date().toISOString(),
      actor: actor(),
      chatops: version,
    })
    return new OperationRun(id, operation, journal, options, []).go({}, false)
  })
}

/** Goes on where the operation was left: finished steps are not repeated, the interrupted one is. */
export async function resumeOperation(
  left: JournaledOperation,
  operation: Operation,
  options: RunOptions,
): Promise<OperationResult> {
  return exclusively(operation.kind, options, async () => {
    const journal = Journal.open(journalDirectory(options.services), left.header.id)
    return new OperationRun(left.header.id, operation, journal, options, left.finished).go(left.outputs, true)
  })
}

/** Ends an unfinished operation for good. What its steps did stays; the next deploy puts it right. */
export async function abortOperation(
  left: JournaledOperation,
  options: Pick<RunOptions, "services">,
  reason: string,
): Promise<void> {
  await exclusively(`abort ${left.header.kind}`, options, async () => endAborted(left, options.services, reason))
}

export const journalDirectory = ({ environment }: OperationServices): string =>
  join(environment.directories.state, "operations")

async function exclusively<Result>(
  purpose: string,
  { services }: Pick<RunOptions, "services">,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = takeLock(join(services.environment.directories.state, "operation.lock"), purpose)
  if (!lock.taken) {
    const { purpose: running, pid } = lock.holder
    throw new ChatopsError(
      "OPERATION_RUNNING",
      `${running} of environment ${services.environment.config.name} is running (pid ${pid})`,
      { details: { pid, operation: running } },
    )
  }
  try {
    return await work()
  } finally {
    lock.release()
  }
}

async function giveUp(left: JournaledOperation, next: Operation, { services }: RunOptions): Promise<void> {
  const { id, kind, at } = left.header
  if (!next.supersedes.includes(kind)) {
    throw new ChatopsError(
      "OPERATION_UNFINISHED",
      `${kind} ${id} of ${at} is not finished: it stopped at step ${left.current ?? "1"}`,
      { details: { id, kind, step: left.current } },
    )
  }
  await endAborted(left, services, `superseded by a new ${next.kind}`)
}

async function endAborted(left: JournaledOperation, services: OperationServices, reason: string): Promise<void> {
  const journal = Journal.open(journalDirectory(services), left.header.id)
  await recordAborted(services, { ...left.header, finished: left.finished }, reason)
  journal.append({ type: "ended", outcome: "aborted", at: new Date().toISOString(), reason })
  journal.close()
}

/** Sorts by time. */
function newId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:.Z]/g, "")
    .replace("T", "-")
  return `op-${time}-${randomBytes(3).toString("hex")}`
}
