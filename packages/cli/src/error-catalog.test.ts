import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { catalog } from "@chatops/stacks/errors"
import { describe, expect, it } from "vitest"
import { checkout } from "./testing/built-command-line.ts"

const codes = Object.keys(catalog).toSorted()

describe("the catalog of errors", () => {
  it("is what docs/errors.md names, and nothing else", () => {
    const page = readFileSync(join(checkout, "docs/errors.md"), "utf8")
    const documented = [...page.matchAll(/^### (\S+)$/gm)].map(([, code]) => code)
    expect(documented.toSorted()).toEqual(codes)
  })

  it("holds no code that nothing throws", () => {
    const sources = globSync("packages/*/src/**/*.ts", { cwd: checkout })
      .filter(file => !file.endsWith(".test.ts") && !file.endsWith("errors/catalog.ts"))
      .map(file => readFileSync(join(checkout, file), "utf8"))
      .join("\n")
    expect(codes.filter(code => !new RegExp(`["']${code}["']`).test(sources))).toEqual([])
  })

  it("has an exit code from the table and words in sentences for each", () => {
    for (const [code, { exit, meaning, hint }] of Object.entries(catalog)) {
      expect([2, 3, 4, 5, 6, 130], code).toContain(exit)
      expect(meaning, code).toMatch(/\.$/)
      expect(hint, code).toMatch(/\.$/)
    }
  })
})
