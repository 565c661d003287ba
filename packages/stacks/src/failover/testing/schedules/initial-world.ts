import { regionsAtWork } from "../model/initial-worlds.ts"
import { nothing, type World } from "../model/world.ts"
import type { Schedule } from "./schedule.ts"

/** The search's, with as many regions as there are clocks; nothing in it is optional here, and clocks keep the leases. */
export function initialWorld({ start, clocks }: Schedule): World {
  const standbys = Object.keys(clocks).filter(region => region !== "east")
  return { ...regionsAtWork(standbys, nothing, start), leases: [] }
}
