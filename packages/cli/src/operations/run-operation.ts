import { createHash, randomBytes } from "node:crypto"
import { basename, dirname, join } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { takeLock } from "@chatops/stacks/process"
import { stateRoot } from "@chatops/stacks/state"
import { version } from "../version.ts"
import { actor } from "./actor.ts"
import { Journal, type JournaledOperation, pruneJournals, unfinishedOperation } from "./journal.ts"
import type { Operation, OperationServices } from "./operation.ts"
import { type OperationResult, OperationRun, type RunOptions } from "./operation-run.ts"
import { recordAborted } from "./record-in-ledger.ts"

/**
 * Runs an operation's steps, journaling before and after each. Throws OPERATION_RUNNING when another one runs,
 * OPERATION_UNFINISHED when one was left that this one does not supersede, and the step's own error when one failed.
 */
export async function runOperation(operation: Operation, options: RunOptions): Promise<OperationResult> {
  const id = newId()
  return exclusively({ purpose: operation.kind, id }, options, async () => {
    const { services } = options
    const left = unfinishedOperation(journalDirectory(services))
    if (left) refuseUnlessSuperseded(left, operation)
    pruneJournals(journalDirectory(services))
    const journal = Journal.open(journalDirectory(services), id)
    journal.append({
      type: "begun",
      id,
      kind: operation.kind,
      environment: services.environment.config.name,
      choice: operation.choice,
      at: new Date().toISOString(),
      actor: actor(),
      chatops: version,
      configuration: operation.followsConfiguration ? configurationOf(services) : null,
    })
    const giveUp = left && (() => endAborted(left, services, `superseded by ${operation.kind} ${id}`))
    return new OperationRun({ id, operation, journal, options, finished: [], giveUp }).go({}, false)
  })
}

/**
 * Goes on where the operation was left: finished steps are not repeated, the interrupted one is. Throws
 * OPERATION_OUTDATED when chatops.yaml has changed since it was planned.
 */
export async function resumeOperation(
  found: JournaledOperation,
  operation: Operation,
  options: RunOptions,
): Promise<OperationResult> {
  return exclusively({ purpose: operation.kind, id: found.header.id }, options, async () => {
    const { services } = options
    const left = stillUnfinished(found, services)
    const { id, kind, configuration } = left.header
    if (operation.followsConfiguration && configuration !== configurationOf(services)) {
      throw new ChatopsError("OPERATION_OUTDATED", `chatops.yaml has changed since ${kind} ${id} was planned`)
    }
    const journal = Journal.open(journalDirectory(services), id)
    return new OperationRun({ id, operation, journal, options, finished: left.finished }).go(left.outputs, true)
  })
}

/**
 * Ends an unfinished operation for good. What its steps did stays; the next deploy puts it right. Resolves with what is
 * still to come to the ledger, for people.
 */
export async function abortOperation(
  found: JournaledOperation,
  options: Pick<RunOptions, "services">,
  reason: string,
): Promise<string[]> {
  const { kind, id } = found.header
  return exclusively({ purpose: `abort ${kind}`, id }, options, async () =>
    endAborted(stillUnfinished(found, options.services), options.services, reason),
  )
}

export const journalDirectory = ({ environment }: OperationServices): string =>
  join(environment.directories.state, "operations")

/** Outside the environment's directory, which `destroy` removes while it holds the lock. */
export function lockFile({ environment }: OperationServices): string {
  const { state } = environment.directories
  return join(stateRoot(), "locks", `${basename(dirname(state))}.${basename(state)}`)
}

async function exclusively<Result>(
  { purpose, id }: { purpose: string; id: string },
  { services }: Pick<RunOptions, "services">,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = takeLock(lockFile(services), purpose, id)
  if (!lock.taken) {
    const { purpose: running, pid } = lock.holder
    throw new ChatopsError(
      "OPERATION_RUNNING",
      `${running} of environment ${services.environment.config.name} is running (pid ${pid})`,
      {
        details: { pid, operation: running },
        ...(running === "drill" && {
          hint: `Wait for it, or end it with \`kill -INT ${pid}\`: it mends what it broke, and leaves its place to whatever comes next.`,
        }),
      },
    )
  }
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** Somebody else may have finished it between the look and the lock. */
function stillUnfinished({ header }: JournaledOperation, services: OperationServices): JournaledOperation {
  const left = unfinishedOperation(journalDirectory(services))
  if (left?.header.id === header.id) return left
  throw new ChatopsError("NOTHING_TO_RESUME", `${header.kind} ${header.id} has been finished meanwhile`)
}

function refuseUnlessSuperseded({ header, current }: JournaledOperation, next: Operation): void {
  const { id, kind, at } = header
  if (next.supersedes.includes(kind)) return
  throw new ChatopsError(
    "OPERATION_UNFINISHED",
    `${kind} ${id} of ${at} is not finished: it stopped at step ${current ?? "1"}`,
    { details: { id, kind, step: current } },
  )
}

/** Fingerprint of what a plan is made from. */
function configurationOf({ environment }: OperationServices): string {
  const { release, config } = environment
  return createHash("sha256")
    .update(JSON.stringify([release, config]))
    .digest("hex")
    .slice(0, 16)
}

async function endAborted(left: JournaledOperation, services: OperationServices, reason: string): Promise<string[]> {
  const journal = Journal.open(journalDirectory(services), left.header.id)
  const toCome = await recordAborted(
    services,
    { ...left.header, finished: left.finished, outputs: left.outputs },
    reason,
  )
  journal.append({ type: "ended", outcome: "aborted", at: new Date().toISOString(), reason })
  journal.close()
  return toCome
}

/** Sorts by time. */
function newId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:.Z]/g, "")
    .replace("T", "-")
  return `op-${time}-${randomBytes(3).toString("hex")}`
}
