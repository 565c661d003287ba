import { globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { resultSchemas } from "./index.ts"

const cli = join(import.meta.dirname, "..", "..")
const fileOf = (name: string) => `${name.replaceAll(/[^a-z]+/g, "-")}.json`

describe("the documents of --json", () => {
  it.each(Object.entries(resultSchemas))("%s keeps the frozen shape", async (name, schema) => {
    const frozen = `${JSON.stringify(z.toJSONSchema(schema, { io: "output" }), null, 2)}\n`
    await expect(frozen).toMatchFileSnapshot(join(cli, "schemas", fileOf(name)))
  })

  it("have one file each in schemas/, and nothing else lies there", () => {
    expect(readdirSync(join(cli, "schemas")).toSorted()).toEqual(Object.keys(resultSchemas).map(fileOf).toSorted())
  })

  it("are types only to everything else: a schema costs start-up time", () => {
    const users = globSync("src/**/*.ts", { cwd: cli, exclude: ["**/*.test.ts", "src/results/**"] })
    const loading = users.filter(file => /^import (?!type).*\/results\//m.test(readFileSync(join(cli, file), "utf8")))
    expect(loading).toEqual([])
  })

  it("exist for every command that has --json", () => {
    const commands = readdirSync(join(cli, "src", "commands"), { recursive: true, encoding: "utf8" })
      .filter(file => file.endsWith(".ts"))
      .map(file => file.replace(/\.ts$/, "").replace("/", " "))
    expect(Object.keys(resultSchemas)).toEqual(expect.arrayContaining(commands))
  })
})
