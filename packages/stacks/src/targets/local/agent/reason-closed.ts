import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"

/** Why this region's supervisor does not go on by itself; undefined while it does. */
export function reasonClosed(region: string, { phase, register, seen, data }: Supervisor): ChatopsError | undefined {
  if (phase.at !== "closed") return undefined
  if (phase.reason === "witness-went-back") {
    const found = `epoch ${seen.epoch}, version ${seen.version}`
    return new ChatopsError(
      "WITNESS_WENT_BACK",
      `the witness shows an older register than ${region} has seen (${found})`,
    )
  }
  const found = data.kind === "none" ? "no data" : `${data.kind} data of incarnation ${data.incarnation}`
  const named = `the witness names ${region} primary with incarnation ${register?.incarnation ?? "none"}`
  return new ChatopsError("DATABASE_LOST", `${named}, but its disk holds ${found}`)
}
