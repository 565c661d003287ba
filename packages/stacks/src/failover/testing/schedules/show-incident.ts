import type { Incident } from "./schedule.ts"

/** In words, for whoever reads a trace. */
export function showIncident(incident: Incident): string {
  const lasts = "lasts" in incident ? `for ${Math.round(incident.lasts)} ms` : ""
  switch (incident.what) {
    case "freeze":
      return `${incident.who} is frozen ${lasts}`
    case "cut":
      return `nothing passes between ${incident.ends.join(" and ")} ${lasts}`
    case "slow":
      if (incident.ends[0] === incident.ends[1])
        return `inside ${incident.ends[0]} everything is up to ${Math.round(incident.late)} ms late ${lasts}`
      return `${incident.ends.join(" and ")} hear each other up to ${Math.round(incident.late)} ms late ${lasts}`
    case "lossy":
      return `every other message between ${incident.ends.join(" and ")} is lost ${lasts}`
    case "repeating":
      return `messages between ${incident.ends.join(" and ")} come again up to ${Math.round(incident.late)} ms later, ${lasts}`
    case "late":
      return `${incident.region}'s ${incident.process} is up to ${Math.round(incident.late)} ms late ${lasts}`
    case "stop-walsenders":
      return `${incident.region}'s walsenders are stopped ${lasts}`
    case "kill":
      return incident.all ? `${incident.region} dies and begins again` : `${incident.region}'s database dies`
    case "claim":
      return `an arbiter asks ${incident.region} to claim${incident.force ? ", by force" : ""}`
    case "planned":
      return `a person moves the primary to ${incident.region}`
    case "promise": {
      const { durability, onLoss } = incident.policy
      return `a person wants ${durability}, ${onLoss}`
    }
    case "turn":
      return `a client in ${incident.region} sends a turn`
    case "read":
      return `a client in ${incident.region} reads`
  }
}
