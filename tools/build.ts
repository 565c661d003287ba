import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { type BuildOptions, build, type Plugin } from "esbuild"

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
  conditions: ["source"],
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
): Promise<void> {
  const home = join(root, "packages", packageName)
  const outdir = join(home, "bundle")
  rmSync(outdir, { recursive: true, force: true })
  await build({ ...common, ...options, entryPoints, outdir })
  const programs = Object.fromEntries(
    globSync("*.js", { cwd: outdir }).map(file => [basename(file, ".js"), fingerprint(join(outdir, file))]),
  )
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
  writeFileSync(join(outdir, "build.json"), JSON.stringify({ version, programs }, null, 2))
}

function processes(pattern: string): Record<string, string> {
  const files = globSync(pattern, { cwd: root, exclude: ["**/*.test.ts", "**/run-child.ts"] })
  return Object.fromEntries(files.map(file => [basename(file, ".ts"), file]))
}

const fingerprint = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12)

await bundle("runtime", processes("packages/runtime/src/processes/*.ts"), { external: ["pg-native"] })
const assets = join(root, "packages/runtime/src/web/assets")
cpSync(assets, join(root, "packages/runtime/bundle/assets"), { recursive: true })

await bundle("stacks", processes("packages/stacks/src/targets/local/processes/*.ts"), { external: ["pg-native"] })

/** Changes with any code that a bundle may hold. */
const codeFingerprint = createHash("sha256")
for (const file of ["pnpm-lock.yaml", ...globSync("packages/*/src/**/*.ts", { cwd: root }).sort()])
  codeFingerprint.update(file).update(readFileSync(join(root, file)))

/** oclif looks at every start whether this is Windows' Linux, and does nothing with the answer that we use. */
const withoutWslSearch: Plugin = {
  name: "without-wsl-search",
  setup(builder) {
    builder.onResolve({ filter: /^wsl-utils$/ }, ({ importer }) =>
      importer.includes("@oclif/core") ? { path: "no-wsl", namespace: "stub" } : undefined,
    )
    builder.onLoad({ filter: /^no-wsl$/, namespace: "stub" }, () => ({ contents: "export const isWsl = false" }))
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
    plugins: [withoutWslSearch],
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
