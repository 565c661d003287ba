import * as z from "zod"
import type { JsonSchema } from "./json-schema.ts"

/** Keys, each with the maps that accept it: `chat.parameters`, `environments.<name>.runtime`. */
export type KeyHomes = ReadonlyMap<string, ReadonlySet<string>>

/** A wrong indentation puts a good key into the wrong map, and then where it belongs is the best hint. */
export function keyHomes(schema: z.ZodType): KeyHomes {
  const homes = new Map<string, Set<string>>()
  const walk = (node: JsonSchema, path: string) => {
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      homes.set(name, (homes.get(name) ?? new Set()).add(path))
      if (typeof property === "object") walk(property, path === "" ? name : `${path}.${name}`)
    }
    if (typeof node.additionalProperties === "object") walk(node.additionalProperties, `${path}.<name>`)
    if (typeof node.items === "object" && !Array.isArray(node.items)) walk(node.items as JsonSchema, `${path}[]`)
    for (const branch of node.oneOf ?? []) if (typeof branch === "object") walk(branch, path)
  }
  walk(z.toJSONSchema(schema, { io: "input" }), "")
  return homes
}
