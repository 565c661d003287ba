import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { appJsonSchema, type JsonSchema } from "./json-schema.ts"
import { targetConfigs } from "./targets-config.ts"

const schema = appJsonSchema(targetConfigs)

it("equals the file that editors read; `node tools/generate.ts` writes it", async () => {
  const file = new URL("../../schema/chatops.schema.json", import.meta.url)
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(schema)
})

it("describes every key, so that completion comes with its documentation", () => {
  const silent: string[] = []
  for (const [path, node] of properties(schema, "")) if (!node.description) silent.push(path)
  expect(silent).toEqual([])
})

it("requires what parsing requires", () => {
  expect(schema.required).toEqual(["app", "chat", "environments"])
  expect((schema.properties!["chat"] as JsonSchema).required).toEqual(["model", "upstreams"])
})

function* properties(node: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    yield [`${path}.${name}`, child as JsonSchema]
    yield* properties(child as JsonSchema, `${path}.${name}`)
  }
  for (const child of [node.additionalProperties, node.items, ...(node.oneOf ?? [])]) {
    if (typeof child === "object") yield* properties(child as JsonSchema, path)
  }
}
