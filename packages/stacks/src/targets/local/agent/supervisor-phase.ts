import type { Supervisor } from "../../../failover/protocol/supervisor.ts"

/** What a region's supervisor is doing, for people. */
export function describePhase({ self, phase, task, register, pending }: Supervisor): string {
  switch (phase.at) {
    case "starting":
      return "asking the witness who is primary"
    case "closed":
      return `staying closed: ${phase.reason === "database-lost" ? "its database is lost" : "the witness went back"}`
    case "creating":
      return "creating the database"
    case "becoming-standby":
      if (task?.task === "copy") return `waiting for ${phase.primary} to copy its data`
      return `starting PostgreSQL as a standby of ${phase.primary}`
    case "following":
      return `following ${phase.primary}`
    case "stuck":
      return `waiting until ${register?.primary ?? "the primary"} does without this region's old data`
    case "claiming":
      return "asking the witness for the primary's place"
    case "waiting-out":
      return "waiting until the former primary's lease has run out"
    case "promoting":
      return "becoming the primary"
    case "confirming":
      return "confirming the register"
    case "stopping":
      return register === null || register.primary === self
        ? "stopping PostgreSQL"
        : `giving way to ${register.primary}`
    case "yielding":
      return "finishing what is under way, to leave its place"
    case "yielded":
      return "waiting for another region to take its place"
    case "leading":
      break
  }
  if (phase.door === "starting") return "starting PostgreSQL as the primary"
  if (phase.door === "barrier") return `waiting for ${register?.inSync?.region ?? "the disk"} to confirm a commit`
  if (phase.change?.change === "join") return `bringing ${phase.change.joiner.region} into sync (${phase.change.step})`
  if (phase.change?.change === "leave" && pending !== null) return "telling the witness that no region is in sync"
  if (phase.door === "shut") return "closed until a region is in sync (on-standby-loss: block)"
  return "serving as the primary"
}
