import * as z from "zod"
import type { ParsedConfig } from "./app-config.ts"
import { chatSchema } from "./chat-schema.ts"
import { environmentSchema } from "./environment-schema.ts"
import { AppName, EnvironmentName } from "./names.ts"
import type { TargetConfig } from "./target-config.ts"

/**
 * The schema of `chatops.yaml`, assembled from what the targets contribute. In these schemas an `error` says what was
 * *expected*, as the end of a sentence; `explain.ts` makes the sentence.
 */
export function appSchema<T extends TargetConfig>(targets: readonly T[]): z.ZodType<ParsedConfig<T>> {
  const [first, ...others] = targets.map(environmentSchema)
  if (first === undefined) throw new TypeError("A schema needs at least one target")
  const environmentsError =
    "a map with at least one environment, such as `environments: { local: { target: local, … } }`"
  const schema = z.strictObject({
    app: AppName.describe("Name of the app."),
    chat: chatSchema,
    environments: z
      .record(EnvironmentName, z.discriminatedUnion("target", [first, ...others]), { error: environmentsError })
      .refine(environments => Object.keys(environments).length > 0, { error: environmentsError })
      .transform(environments => Object.entries(environments).map(([name, environment]) => ({ name, ...environment })))
      .meta({ description: "The places where the app runs, by name; at least one.", minProperties: 1 }),
  })
  // The union's branches are made at run time, so only the registry's type knows their shape.
  return schema as unknown as z.ZodType<ParsedConfig<T>>
}
