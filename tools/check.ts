import { spawn } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Types, lint and format, import rules, unused code, package correctness, generated files: before every commit. */
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

/** Imports go cli → stacks → runtime/contract, and never back (package exports forbid the rest). */
function importRules(): Verdict {
  const rules = [
    { files: "packages/runtime/src/**/*.ts", forbidden: /from "(@chatops\/stacks|chatops|@pulumi\/)/ },
    { files: "packages/stacks/src/**/*.ts", forbidden: /from "(chatops|@chatops\/runtime(?!\/contract"))/ },
    { files: "packages/cli/src/commands/**/*.ts", forbidden: /from "(@pulumi\/|simple-git)/ },
    { files: "packages/runtime/src/contract/**/*.ts", forbidden: /from "\.\.\// },
  ]
  const wrong = rules.flatMap(({ files, forbidden }) =>
    globSync(files, { cwd: root }).flatMap(file => {
      const match = forbidden.exec(readFileSync(join(root, file), "utf8"))
      return match ? [`${file}: ${match[0]}`] : []
    }),
  )
  const outsiders = [
    { only: "packages/cli/src/engine/", what: /from "@pulumi\/pulumi/ },
    { only: "packages/cli/src/ledger/", what: /from "simple-git"/ },
  ].flatMap(({ only, what }) =>
    globSync("packages/cli/src/**/*.ts", { cwd: root })
      .filter(file => !file.startsWith(only) && what.test(readFileSync(join(root, file), "utf8")))
      .map(file => `${file}: only ${only} may import this`),
  )
  const failure = [...wrong, ...outsiders].join("\n")
  return { name: "imports", failure: failure || undefined }
}

const began = performance.now()
const types = await program("types", bin("tsc"), ["-b"])
const verdicts = [
  types,
  importRules(),
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
