import { setTimeout as delay } from "node:timers/promises"
import * as z from "zod"
import { Fault, regionsOf } from "../../../drill/fault.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { identify } from "../../../process/process-identity.ts"
import { takeLock } from "../../../process/process-lock.ts"
import { untilTrue } from "../agent/until.ts"
import { type FaultRecord, FaultRecords } from "./fault-records.ts"
import { healOrphans, healRecorded } from "./heal-orphans.ts"
import { kindOf } from "./local-fault-kinds.ts"

export const HoldRequest = z.strictObject({
  id: z.string(),
  fault: Fault,
  /** Milliseconds from its effect. The most is what a timer takes. */
  healAfter: z.number().positive().max(2_147_483_647),
  directories: z.strictObject({ state: z.string(), run: z.string(), cache: z.string() }),
})
export type HoldRequest = z.infer<typeof HoldRequest>

/** Milliseconds until a fault has to be in effect, or else is given up; and for its healing. */
const [makingDeadline, healingDeadline] = [20_000, 60_000]

/**
 * Makes a fault, tells when it is in effect, and heals it at its time, or before when the signal aborts. Throws what kept
 * it from being made, with nothing left broken, and what kept it from healing, with its record left.
 */
export async function holdFault(
  { id, fault, healAfter, directories }: HoldRequest,
  tell: (effect: NonNullable<FaultRecord["effect"]>) => void,
  ended: AbortSignal,
): Promise<void> {
  const records = new FaultRecords(directories.state)
  const making = AbortSignal.any([ended, AbortSignal.timeout(makingDeadline)])
  let record = await begin(records, id, fault, making)
  const releases: (() => Promise<void>)[] = []
  const update = (change: Partial<FaultRecord>) => {
    record = { ...record, ...change }
    return records.write(record)
  }
  try {
    let broke: number | undefined
    await kindOf(fault).make(fault, {
      directories,
      breaks: () => {
        broke ??= Date.now()
      },
      record: broken => update({ broken: broken as FaultRecord["broken"] }),
      holding: release => void releases.push(release),
      signal: making,
    })
    making.throwIfAborted()
    const madeAt = broke ?? Date.now()
    const effect = { madeAt, healsAt: madeAt + healAfter }
    await update({ effect })
    tell(effect)
    await delay(Math.max(0, effect.healsAt - Date.now()), undefined, { signal: ended }).catch(() => undefined)
  } finally {
    await Promise.all(releases.map(release => release()))
    await healRecorded(records, record, AbortSignal.timeout(healingDeadline))
  }
}

/** Whoever holds a fault adds its record itself, so that at no time one is under way of which nothing is known. */
async function begin(records: FaultRecords, id: string, fault: Fault, signal: AbortSignal): Promise<FaultRecord> {
  const holder = identify(process.pid)
  if (!holder) throw new Error("this process cannot see itself in the process table")
  const release = await lockMaking(records, signal)
  try {
    refuseOverlap(fault, await healOrphans(records, signal))
    const record: FaultRecord = { id, fault, holder, effect: null }
    await records.write(record)
    return record
  } finally {
    release()
  }
}

async function lockMaking({ lock }: FaultRecords, signal: AbortSignal): Promise<() => void> {
  let release = () => {}
  const taken = () => {
    const attempt = takeLock(lock, "making a fault")
    if (attempt.taken) release = attempt.release
    return attempt.taken
  }
  await untilTrue(undefined, taken, signal)
  return release
}

function refuseOverlap(fault: Fault, others: readonly FaultRecord[]): void {
  const wanted = regionsOf(fault)
  const other = others.find(other => regionsOf(other.fault).some(region => wanted.includes(region)))
  if (!other) return
  const { id, fault: found, effect } = other
  const until = effect ? ` until ${new Date(effect.healsAt).toISOString()}` : ""
  throw new ChatopsError("FAULT_ACTIVE", `${found.kind} (${id}) holds ${regionsOf(found).join(" and ")}${until}`, {
    details: { id, kind: found.kind, regions: regionsOf(found) },
  })
}
