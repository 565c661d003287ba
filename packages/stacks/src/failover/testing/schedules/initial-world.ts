import { twoRegions } from "../model/initial-worlds.ts"
import { databaseOf, nothing, supervisorOf, type World } from "../model/world.ts"
import type { Schedule } from "./schedule.ts"

/** The search's, with as many regions as there are clocks; nothing in it is optional here, and clocks keep the leases. */
export function initialWorld({ start, clocks }: Schedule): World {
  const two = twoRegions(nothing, start)
  const register = { ...two.register, lease: start.lease }
  const world = { ...two, leases: [] }
  const east = databaseOf(world, "east")
  const west = databaseOf(world, "west")
  const databases = Object.keys(clocks).map(region => {
    if (region === "east") return [region, { ...east, senders: sendersOf(Object.keys(clocks), east.names) }]
    return [region, { ...west, incarnation: incarnationOf(region) }]
  })
  const supervisors = Object.keys(clocks).map(region => {
    const model = supervisorOf(world, region === "east" ? "east" : "west")
    const { data } = model
    const incarnation = incarnationOf(region)
    return [region, { ...model, self: region, register, data: data.kind === "none" ? data : { ...data, incarnation } }]
  })
  return { ...world, register, databases: Object.fromEntries(databases), supervisors: Object.fromEntries(supervisors) }
}

const sendersOf = (regions: readonly string[], names: World["databases"][string]["names"]) =>
  Object.fromEntries(
    regions
      .filter(region => region !== "east")
      .map(region => [region, { names, incarnation: incarnationOf(region), flushed: 1, stopped: false }]),
  )

const incarnationOf = (region: string): string => `${region.charAt(0)}0`
