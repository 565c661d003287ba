import { expect, it } from "vitest"
import { scatteredVersions } from "./shared-versions.ts"

type Versions = Readonly<Record<string, string>>

it.each<[string, Versions, Versions, unknown[]]>([
  ["one that a single package uses may stand there", { pino: "1.0.0" }, { open: "1.0.0" }, []],
  ["one that two packages use, both from the catalog, is right", { zod: "catalog:" }, { zod: "catalog:" }, []],
  [
    "one that two packages use may not, even once",
    { zod: "catalog:" },
    { zod: "4.0.0" },
    [expect.stringMatching(/^b: zod 4\.0\.0: .*catalog$/)],
  ],
  [
    "one that two packages use may not, even if both say the same",
    { pg: "8.0.0" },
    { pg: "8.0.0" },
    [expect.stringMatching(/^a: pg /), expect.stringMatching(/^b: pg /)],
  ],
  ["a package of the workspace is none", { c: "workspace:*" }, { c: "workspace:*" }, []],
])("of a dependency's version: %s", (_name, first, second, lines) => {
  const manifests = [
    { name: "a", dependencies: first },
    { name: "b", devDependencies: second },
  ]
  expect(scatteredVersions(manifests)).toEqual(lines)
})
