import * as z from "zod"
import { camelKeys } from "./camel-keys.ts"

/**
 * A map with fixed keys, none of which is required: kebab-case in YAML, camelCase once parsed. `key:` with nothing
 * behind it is an empty map, for that is what is left when every line of a section is commented out.
 */
export function section<S extends z.ZodRawShape>(shape: S, description: string) {
  return z
    .preprocess(value => (value === null ? {} : value), z.strictObject(shape))
    .transform(camelKeys)
    .describe(description)
}

/** The same for a map that must hold something; `error` says what was expected instead of another kind of value. */
export function requiredSection<S extends z.ZodRawShape>(shape: S, description: string, error: string) {
  const notAMap: z.core.$ZodErrorMap = issue => (issue.code === "invalid_type" ? error : undefined)
  return z.strictObject(shape, { error: notAMap }).transform(camelKeys).describe(description)
}
