import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { cachedBinary, findPulumi } from "./find-pulumi.ts"
import { pulumiVersion } from "./pulumi-version.ts"

const sdk = import.meta.resolve("@pulumi/pulumi/package.json")

let root: string
let programs: string

/** A machine whose only programs are those that the test puts there; the official install finds no shell. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chatops-find-"))
  programs = join(root, "programs")
  mkdirSync(programs)
  vi.stubEnv("PATH", programs)
  vi.stubEnv("CHATOPS_CACHE", join(root, "cache"))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(root, { recursive: true, force: true })
  })
})

function program(file: string, script: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}
const pulumi = (version: string) => program(join(programs, "pulumi"), `echo v${version}`)
const go = (script: string) => program(join(programs, "go"), script)

it("is pinned to the SDK's version", async () => {
  const { default: manifest } = await import(sdk, { with: { type: "json" } })
  expect(manifest.version).toBe(pulumiVersion)
})

it("prefers the cached one, which needs not be asked for its version", async () => {
  program(cachedBinary(), "exit 1")
  pulumi(pulumiVersion)
  expect(await findPulumi()).toEqual({ path: cachedBinary(), foundIn: "cache" })
})

it("takes one on PATH of exactly the pinned version", async () => {
  pulumi(pulumiVersion)
  expect(await findPulumi({ lookOnly: true })).toEqual({ path: join(programs, "pulumi"), foundIn: "PATH" })
})

it.each(["3.258.0", "4.0.0", `${pulumiVersion}-dev`])("ignores version %s on PATH", async version => {
  pulumi(version)
  await expect(findPulumi({ lookOnly: true })).rejects.toMatchObject({
    code: "PULUMI_MISSING",
    details: { tried: ["PATH", `cache (${cachedBinary()})`] },
  })
})

it("ignores one on PATH that does not run", async () => {
  program(join(programs, "pulumi"), "exit 1")
  await expect(findPulumi({ lookOnly: true })).rejects.toMatchObject({ code: "PULUMI_MISSING" })
})

it("builds one with Go where the official install does not work, and tells how far it is", async () => {
  // The argument after -o is where the result belongs.
  go(`while [ "$1" != -o ]; do shift; done; echo "go: downloading x" >&2; echo pkg/a >&2; echo binary > "$2"`)
  const said: string[] = []
  const found = await findPulumi({ onProgress: text => said.push(text) })
  expect(found).toEqual({ path: cachedBinary(), foundIn: "Go build" })
  expect(existsSync(cachedBinary())).toBe(true)
  expect(said.some(text => text.startsWith("building the Pulumi CLI"))).toBe(true)
})

it("says everything that it tried when nothing works, and leaves nothing half made", async () => {
  go(`echo "go: module lookup disabled" >&2; exit 1`)
  await expect(findPulumi()).rejects.toMatchObject({
    code: "PULUMI_MISSING",
    message: expect.stringContaining("Go build (go: module lookup disabled)"),
    details: {
      tried: [expect.anything(), expect.anything(), expect.stringMatching(/^official install \(./), expect.anything()],
    },
  })
  expect(readdirSync(join(root, "cache", "pulumi", pulumiVersion))).toEqual(["bin"])
  expect(readdirSync(dirname(cachedBinary()))).toEqual([])
})

it("says that there is no Go", async () => {
  await expect(findPulumi()).rejects.toMatchObject({ message: expect.stringMatching(/Go build \(.*ENOENT/) })
})

it("stops building when it is told to", async () => {
  const stop = new AbortController()
  go("exec /bin/sleep 600")
  const onProgress = (text: string) => text.startsWith("building") && stop.abort(new Error("Ctrl-C"))
  await expect(findPulumi({ signal: stop.signal, onProgress })).rejects.toThrow("Ctrl-C")
})
