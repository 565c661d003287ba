import { programFingerprint, programFingerprints } from "../../build-info.ts"
import type { AgentSpec } from "./agent/spec.ts"

/** A change of these restarts the agent, … */
const restarting = {
  witness: ["agent", "witness"],
  region: ["agent", "links", "simulator"],
  entry: ["agent", "gateway"],
} as const

/** … these it starts itself: replicas one after the other, because their release changes too. */
const replaced = { witness: [], region: ["replica", "migrate"], entry: [] } as const

/** Which programs an agent of this kind runs, as they are installed now. */
export function partPrograms(kind: AgentSpec["kind"]): Pick<AgentSpec, "programs" | "bundles"> {
  return {
    programs: programFingerprint(restarting[kind]),
    bundles: programFingerprints([...restarting[kind], ...replaced[kind]]),
  }
}
