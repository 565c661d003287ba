import * as z from "zod"
import { appSchema } from "./app-schema.ts"
import type { TargetConfig } from "./target-config.ts"

export type JsonSchema = z.core.JSONSchema.JSONSchema

/**
 * The schema of `chatops.yaml` as people write it, for editors. Draft 7, because that is what yaml-language-server
 * completes from most reliably.
 */
export function appJsonSchema(targets: readonly TargetConfig[]): JsonSchema {
  const schema = appSchema(targets).meta({ title: "chatops.yaml" })
  return z.toJSONSchema(schema, { io: "input", target: "draft-7", override: acceptEmptySection })
}

/** `section` takes a key with nothing behind it as an empty map; an editor must not underline it. */
function acceptEmptySection({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }) {
  const { def } = zodSchema._zod
  const takesNull = def.type === "pipe" && def.in._zod.def.type === "transform"
  if (takesNull && jsonSchema.type === "object") {
    Object.assign(jsonSchema, { type: ["object", "null"] })
  }
}
