import { type FaultKind, regionsOf } from "../../../drill/fault.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { isAlive, signal as sendSignal } from "../../../process/process-identity.ts"
import type { TargetFaults } from "../../../target.ts"
import { untilTrue } from "../agent/until.ts"
import { FaultRecords } from "./fault-records.ts"
import { healOrphans, healRecorded } from "./heal-orphans.ts"
import { type FaultEnvironment, unsupported } from "./local-fault.ts"
import { kindOf, localFaultKinds } from "./local-fault-kinds.ts"
import { startHolder } from "./start-holder.ts"

/** For the healing of what dead holders left. */
const orphanPatience = 30_000

export function localFaults(environment: FaultEnvironment): TargetFaults {
  const { directories, regions } = environment
  const records = new FaultRecords(directories.state)
  return {
    able: async () => {
      const kinds = Object.keys(localFaultKinds) as FaultKind[]
      const able = async (kind: FaultKind) =>
        [kind, (await localFaultKinds[kind].hindrance(environment)) ?? true] as const
      return new Map(await Promise.all(kinds.map(able)))
    },
    make: async (fault, { healAfter }, signal) => {
      for (const region of regionsOf(fault)) refuseUnknown(region, regions)
      const hindrance = await kindOf(fault).hindrance(environment)
      if (hindrance !== undefined) throw unsupported(`${fault.kind} cannot be made: ${hindrance}`)
      return startHolder({ fault, healAfter, directories }, signal)
    },
    active: async () => {
      const standing = await healOrphans(records, AbortSignal.timeout(orphanPatience))
      return standing.flatMap(({ id, fault, effect }) => (effect ? [{ id, fault, ...effect }] : []))
    },
    heal: async (id, signal) => {
      const record = await records.find(id)
      if (!record) return
      sendSignal(record.holder, "SIGTERM")
      await untilTrue(undefined, async () => !(await records.find(id)) || !isAlive(record.holder), signal)
      const left = await records.find(id)
      if (left) await healRecorded(records, left, signal)
    },
  }
}

function refuseUnknown(region: string, known: readonly string[]): void {
  if (known.includes(region)) return
  throw new ChatopsError("REGION_UNKNOWN", `there is no region ${region}; chatops.yaml has ${known.join(", ")}`)
}
