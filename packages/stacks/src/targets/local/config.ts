import * as z from "zod"
import { decimal } from "../../config/bounded-number.ts"
import type { TargetConfig } from "../../config/target-config.ts"

export const localConfig = {
  name: "local",
  description: "Processes on this machine: no account, no Docker, no cluster.",
  environment: z.object({}),
  region: z.object({
    weight: decimal({ min: 0, max: 1_000 })
      .prefault(1)
      .describe("Share of the traffic, relative to the other regions; 0 keeps users out. Default: 1."),
  }),
} as const satisfies TargetConfig
