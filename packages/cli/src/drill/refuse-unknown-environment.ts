import { findEnvironment } from "../find-environment.ts"
import type { LedgerView } from "../ledger/index.ts"
import { drillsPlace } from "./evidence/places.ts"

/**
 * Throws ENVIRONMENT_UNKNOWN, as every other command does. One that is gone from chatops.yaml keeps its drills, so that
 * what the branch has or had of it is enough.
 */
export async function refuseUnknownEnvironment(
  view: LedgerView,
  { app, env }: { readonly app?: string | undefined; readonly env?: string | undefined },
): Promise<void> {
  if (env === undefined) return
  const place = `${drillsPlace}/${env}`
  if (view.files(place).length > 0 || (await view.history(place)).length > 0) return
  await findEnvironment(app, env)
}
