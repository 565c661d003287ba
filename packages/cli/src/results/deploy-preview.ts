import * as z from "zod"
import { planFields } from "./plan.ts"
import type { ResultOf } from "./result-type.ts"

export const deployPreviewResult = z.strictObject({
  ...planFields,
  retired: z.array(z.string()).describe("Regions that are deployed and no longer in chatops.yaml."),
})
export type DeployPreviewResult = ResultOf<typeof deployPreviewResult>
