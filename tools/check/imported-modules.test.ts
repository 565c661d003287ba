import { expect, it } from "vitest"
import { importedModules } from "./imported-modules.ts"

it.each([
  ['import a from "x"', ["x"]],
  ['import "x"', ["x"]],
  ['import type { A } from "x"', ["x"]],
  ['import { type A } from "x"\nexport * from "y"\nexport { b } from "z"', ["x", "y", "z"]],
  ['import json from "./x.json" with { type: "json" }', ["./x.json"]],
  ["const a = await import(\n  'x'\n)", ["x"]],
  ["const a = import(`x`)", ["x"]],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code that is read
  ["const a = import(`x/${name}.js`)", ["x/*.js"]],
  ['type A = import("x").A', ["x"]],
  ['import a = require("x")', ["x"]],
  ['const a = require("x")', ["x"]],
  ['const a = createRequire(import.meta.url)("y").b(require.resolve("x"))', ["x"]],
  ['const a = import.meta.resolve("x")', ["x"]],
  ['const { resolve } = createRequire(import.meta.url)\nresolve("x")', ["x"]],
  ["export const a = 1", []],
  ['// import "x"\nconst a = \'import "y"\' // from "z"', []],
  ["const a = import(name)", []],
])("%s", (code, modules) => {
  expect(importedModules(code)).toEqual(modules)
})
