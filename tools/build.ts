import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { type BuildOptions, build, type Plugin } from "esbuild"
import { type Needs, programRecord } from "./build/program-record.ts"

/**
 * Bundles what is run: the runtime's processes, the agent's, and the command line.
 * A bundle starts two to three times faster than a tree of modules, and can be copied as it is.
 */
const root = new URL("..", import.meta.url).pathname

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  conditions: ["chatops-source"],
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
  // Packages in CommonJS call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
}

async function bundle(
  packageName: string,
  entryPoints: Record<string, string> | string[],
  options: BuildOptions = {},
  needs: Readonly<Record<string, Needs>> = {},
): Promise<void> {
  const home = join(root, "packages", packageName)
  const outdir = join(home, "bundle")
  const record = join(outdir, "build.json")
  // Removed first and written last: as long as it is there, it and the rest belong together.
  rmSync(record, { force: true })
  rmSync(outdir, { recursive: true, force: true })
  await build({ ...common, ...options, entryPoints, outdir })
  for (const { directory } of Object.values(needs)) {
    if (directory) cpSync(join(home, directory[0]), join(outdir, directory[1]), { recursive: true })
  }
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
  writeFileSync(record, JSON.stringify({ version, ...programRecord(outdir, needs) }, null, 2))
}

function processes(pattern: string): Record<string, string> {
  const files = globSync(pattern, { cwd: root, exclude: ["**/*.test.ts", "**/run-child.ts"] })
  return Object.fromEntries(files.map(file => [basename(file, ".ts"), file]))
}

await bundle(
  "runtime",
  processes("packages/runtime/src/processes/*.ts"),
  { external: ["pg-native"] },
  { replica: { directory: ["src/web/assets", "assets"] } },
)

const { optionalDependencies } = JSON.parse(readFileSync(join(root, "packages/stacks/package.json"), "utf8"))
await bundle(
  "stacks",
  processes("packages/stacks/src/targets/local/processes/*.ts"),
  { external: ["pg-native"] },
  // Another PostgreSQL needs another agent.
  { agent: { text: JSON.stringify(optionalDependencies) } },
)

/** Changes with any code that a bundle may hold. */
const codeFingerprint = createHash("sha256")
for (const file of ["pnpm-lock.yaml", ...globSync("packages/*/src/**/*.ts", { cwd: root }).sort()])
  codeFingerprint.update(file).update(readFileSync(join(root, file)))

/** What oclif does at every start, and we have no use for. An oclif that reads otherwise fails the build. */
const lighterOclif: Plugin = {
  name: "lighter-oclif",
  setup(builder) {
    // Whether this is Windows' Linux takes three modules to find out.
    builder.onResolve({ filter: /^wsl-utils$/ }, ({ importer }) =>
      importer.includes("@oclif/core") ? { path: "no-wsl", namespace: "stub" } : undefined,
    )
    builder.onLoad({ filter: /^no-wsl$/, namespace: "stub" }, () => ({ contents: "export const isWsl = false" }))
    // The first comparison by a language's rules loads them, as long as half a start of Node.
    builder.onLoad({ filter: /@oclif\/core\/lib\/config\/plugin\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8")
      const sorted = text.replace("a.id.localeCompare(b.id)", "(a.id < b.id ? -1 : 1)")
      if (sorted === text) throw new Error(`${path} sorts commands otherwise than expected`)
      return { contents: sorted, loader: "js" }
    })
  },
}

const commands = globSync("packages/cli/src/commands/**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] })
await bundle(
  "cli",
  Object.fromEntries(
    ["packages/cli/src/main.ts", ...commands].map(file => [
      file.replace("packages/cli/src/", "").replace(/\.ts$/, ""),
      file,
    ]),
  ),
  {
    splitting: true,
    // Half the bytes to read and compile at every start; names stay for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: "chunks/[name]-[hash]",
    define: { CHATOPS_BUILD: JSON.stringify(codeFingerprint.digest("hex")) },
    plugins: [lighterOclif],
    external: ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf", "pg-native"],
  },
)

const run = promisify(execFile)
const cli = join(root, "packages/cli")
// With a manifest oclif loads the one command that is asked for, instead of all to see which there are.
await run(process.execPath, [join(root, "tools/command-manifest.ts")], { cwd: root })
for (const [name, argument] of [
  ["version", "--version"],
  ["help", "--help"],
] as const) {
  const { stdout } = await run(process.execPath, [join(cli, "bundle/main.js"), argument], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "100" },
  })
  writeFileSync(join(cli, "bundle", `${name}.txt`), stdout)
}
