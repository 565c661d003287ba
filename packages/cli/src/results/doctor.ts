import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

const finding = z.strictObject({
  name: z.string(),
  state: z.enum(["ok", "warning", "problem"]),
  detail: z.string(),
  hint: z.string().exactOptional().describe("What to do; absent when it is ok."),
})

export const doctorResult = z.strictObject({
  healthy: z.boolean().describe("No problem was found; warnings may remain."),
  findings: z.array(finding),
})
export type DoctorResult = ResultOf<typeof doctorResult>
export type Finding = DoctorResult["findings"][number]
