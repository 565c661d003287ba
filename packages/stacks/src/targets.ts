import type { Target } from "./target.ts"
import { localTarget } from "./targets/local/local-target.ts"

/** Every target, by the name it has in chatops.yaml. */
export const targets: Readonly<Record<string, Target>> = { local: localTarget }
