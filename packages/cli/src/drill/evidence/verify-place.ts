import type { LedgerAddition } from "../../ledger/ledger-view.ts"
import type { ChainLink } from "./chain.ts"
import { type DrillCheck, failed, passed } from "./check.ts"
import { type DrillName, drillOf, drillPlace, statementFile } from "./places.ts"
import type { DrillStatement } from "./statement.ts"

export interface Surroundings {
  /** All drills of the environment that there are. */
  readonly chain: readonly ChainLink[]
  /** What the branch's commits brought, oldest first. */
  readonly history: readonly LedgerAddition[]
}

/**
 * A drill lies where it says that it belongs, nothing of it was changed since, and every drill that it names as one
 * before it is there, from an earlier commit or the same.
 */
export function verifyPlace(
  { environment, id }: DrillName,
  { predicate }: DrillStatement,
  { chain, history }: Surroundings,
): readonly DrillCheck[] {
  const place = drillPlace(environment, id)
  const file = `${place}/${statementFile}`
  const positions = new Map(history.map(({ path, position }) => [path, position]))
  const positionOf = (drill: string) => positions.get(`${drillPlace(environment, drill)}/${statementFile}`) ?? 0
  const found = [
    ...(predicate.drill === id && predicate.environment === environment
      ? []
      : [
          failed(
            "place",
            "DRILL_ORDER",
            file,
            `it is the statement of drill ${predicate.drill} of ${predicate.environment}`,
          ),
        ]),
    ...history
      .filter(({ path, changed }) => changed && path.startsWith(`${place}/`))
      .map(({ path }) => failed("place", "DRILL_FILE_ALTERED", path, "a later commit changed it")),
    ...predicate.previous.flatMap(({ digest }) => {
      const before = chain.find(link => link.digest === digest.sha256)
      if (before === undefined)
        return [
          failed(
            "place",
            "DRILL_MISSING",
            file,
            `the drill before it, with the statement ${digest.sha256}, is not in the ledger`,
          ),
        ]
      if (positionOf(before.id) <= positionOf(id)) return []
      return [failed("place", "DRILL_ORDER", file, `the ledger has it before ${before.id}, which it names as earlier`)]
    }),
  ]
  if (found.length > 0) return found
  const names = predicate.previous.map(({ digest }) => chain.find(link => link.digest === digest.sha256)?.id)
  return [passed("place", names.length === 0 ? "the first drill" : `follows ${names.join(" and ")}`)]
}

/** Drills that nothing is left of, though the branch's commits once brought them or an operation's record speaks of them. */
export function missingDrills(
  present: readonly DrillName[],
  history: readonly LedgerAddition[],
  recorded: readonly DrillName[],
): readonly DrillCheck[] {
  const places = new Set(present.map(({ environment, id }) => drillPlace(environment, id)))
  const gone = new Map<string, string>()
  for (const { environment, id } of recorded)
    gone.set(drillPlace(environment, id), "its operation is recorded, and its evidence is not there")
  for (const { path } of history) {
    const drill = drillOf(path)
    if (drill) gone.set(drillPlace(drill.environment, drill.id), "a commit brought it, and a later one removed it")
  }
  return [...gone]
    .filter(([place]) => !places.has(place))
    .map(([place, detail]) => failed("place", "DRILL_MISSING", place, detail))
}
