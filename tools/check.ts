import { spawn } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { forbiddenImports } from "./check/import-rules.ts"
import { importedModules } from "./check/imported-modules.ts"
import { type Manifest, scatteredVersions } from "./check/shared-versions.ts"

/** Types, lint and format, import rules, versions, unused code, package correctness, generated files: before every commit. */
const root = new URL("..", import.meta.url).pathname
const bin = (name: string) => join(root, "node_modules", ".bin", name)

interface Verdict {
  readonly name: string
  readonly failure: string | undefined
}

function program(name: string, command: string, args: readonly string[]): Promise<Verdict> {
  const { promise, resolve } = Promise.withResolvers<Verdict>()
  const child = spawn(command, [...args], {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
  })
  let output = ""
  child.stdout.on("data", chunk => (output += chunk))
  child.stderr.on("data", chunk => (output += chunk))
  child.once("close", code => resolve({ name, failure: code === 0 ? undefined : output }))
  return promise
}

function importRules(): Verdict {
  const failure = globSync("packages/*/src/**/*.ts", { cwd: root })
    .flatMap(file => forbiddenImports(file, importedModules(readFileSync(join(root, file), "utf8"))))
    .join("\n")
  return { name: "imports", failure: failure || undefined }
}

function sharedVersions(): Verdict {
  const manifests = globSync("{package.json,packages/*/package.json}", { cwd: root })
    .toSorted()
    .map(file => JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest)
  const failure = scatteredVersions(manifests).join("\n")
  return { name: "versions", failure: failure || undefined }
}

const began = performance.now()
const types = await program("types", bin("tsc"), ["-b"])
const verdicts = [
  types,
  importRules(),
  sharedVersions(),
  ...(await Promise.all([
    program("lint and format", bin("biome"), ["check", "--error-on-warnings", "."]),
    program("unused code", bin("knip"), ["--no-progress"]),
    ...["runtime", "stacks", "cli"].map(name =>
      program(`package ${name}`, bin("publint"), [`packages/${name}`, "--strict", "--pack", "npm"]),
    ),
    program("generated files", process.execPath, ["tools/generate.ts", "--check"]),
  ])),
]
for (const { name, failure } of verdicts) {
  process.stdout.write(`${failure === undefined ? "✔" : "✖"} ${name}\n`)
  if (failure !== undefined) process.stdout.write(`${failure.trimEnd()}\n`)
}
process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1)} s\n`)
process.exitCode = verdicts.some(({ failure }) => failure !== undefined) ? 1 : 0
