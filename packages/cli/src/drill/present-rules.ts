import { figuresOf } from "@chatops/stacks/drill"
import { version } from "../version.ts"
import type { Rules } from "./evidence/index.ts"
import { renderReport } from "./report/render-report.ts"

/** How this version of chatops comes from a drill's raw events to its figures and its report. */
export const presentRules: Rules = { figuresOf: events => figuresOf(events), renderReport, version }
