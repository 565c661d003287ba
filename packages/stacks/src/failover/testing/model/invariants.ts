import { type Database, databaseOf, type Move, supervisorOf, type World } from "./world.ts"

/** What is wrong with this world; undefined when nothing is. */
export function broken(world: World): string | undefined {
  const { register, acknowledged } = world
  const { inSync } = register
  const lackIn = (region: string, incarnation: string | null) =>
    missing(databaseOf(world, region), incarnation, acknowledged)
  // Until then the former primary may acknowledge within its lease, and what it does is reported at the promotion.
  const promoted = register.claim === "in-sync" || databaseOf(world, register.primary).kind === "primary"
  const lost = promoted ? lackIn(register.primary, register.incarnation) : ""
  if (lost !== "") return `acknowledged ${lost} is missing from the primary ${register.primary}`
  const unconfirmed = inSync === null ? "" : lackIn(inSync.region, inSync.incarnation)
  if (unconfirmed !== "") return `acknowledged ${unconfirmed} is missing from ${inSync?.region}, which is in sync`
  return undefined
}

function missing({ kind, incarnation, log }: Database, named: string | null, acknowledged: string): string {
  const held = kind !== "none" && incarnation === named ? log : ""
  return [...acknowledged].filter(commit => !held.includes(commit)).join("")
}

/** No faults, no wishes, and nothing that anybody would still do: then somebody serves, or says why not. */
export function deadEnd(world: World, moves: readonly Move[]): string | undefined {
  if (moves.some(({ optional }) => !optional)) return undefined
  const { primary } = world.register
  const { phase } = supervisorOf(world, primary)
  const database = databaseOf(world, primary)
  if (phase.at === "closed") return undefined
  if (database.up && database.open && database.kind === "primary" && database.waiting === "") return undefined
  return `dead end: ${primary} is ${phase.at}${phase.at === "leading" ? `, ${phase.door}` : ""}`
}
