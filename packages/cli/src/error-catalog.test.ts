import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type ClientErrorCode, clientErrors, retryableCodes } from "@chatops/runtime/contract"
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

  it("stands beside every error of the HTTP API, with its status, its type and whether a repeat may help", () => {
    const [, api = ""] = readFileSync(join(checkout, "docs/errors.md"), "utf8").split("## Errors of the HTTP API")
    const rows = api.matchAll(/^\| `(\w+)` +\| (\d+) +\| `(\w+)` +\| (yes)? +\| \S.+\. +\|$/gm)
    const documented = [...rows].map(([, code, status, type, retryable]) => [code, Number(status), type, retryable])
    expect(documented).toEqual(
      Object.entries(clientErrors).map(([code, { status, type }]) => {
        return [code, status, type, retryableCodes.has(code as ClientErrorCode) ? "yes" : undefined]
      }),
    )
  })

  it("holds no code that nothing throws", () => {
    const sources = globSync("packages/*/src/**/*.ts", { cwd: checkout })
      .filter(file => !/\.test\.ts$|errors\/catalog\.ts$|contract\/client-error\.ts$/.test(file))
      .map(file => readFileSync(join(checkout, file), "utf8"))
      .join("\n")
    expect(
      [...codes, ...Object.keys(clientErrors)].filter(code => !new RegExp(`["']${code}["']`).test(sources)),
    ).toEqual([])
  })

  it("has an exit code from the table and words in sentences for each", () => {
    for (const [code, { exit, meaning, hint }] of Object.entries(catalog)) {
      expect([1, 2, 3, 4, 5, 6, 130], code).toContain(exit)
      expect(meaning, code).toMatch(/\.$/)
      expect(hint, code).toMatch(/\.$/)
    }
  })
})
