import { execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { delimiter, dirname, join } from "node:path"
import { promisify } from "node:util"
import { ChatopsError } from "@chatops/stacks/errors"
import { cacheDirectory } from "@chatops/stacks/state"
import { pulumiVersion } from "./pulumi-version.ts"

/** Milliseconds that a `pulumi` on PATH may take to say its version. */
const versionDeadline = 15_000
/** Of the pinned version, for people who wait. */
const packagesInAll = 1_690
const installDeadline = 300_000

const run = promisify(execFile)

export interface PulumiBinary {
  readonly path: string
  readonly foundIn: "PATH" | "cache" | "official install" | "Go build"
}

export interface FindOptions {
  /** Told what takes long: the install and the build. */
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
  /** Look only; install and build nothing. */
  readonly lookOnly?: boolean
}

/**
 * The Pulumi CLI of exactly the pinned version: from the cache, from PATH, by the official install, or built from
 * source with Go where only package registries are reached. Throws PULUMI_MISSING with what was tried.
 * The cache comes first because one on PATH has to be run to know its version, which costs every deploy half a second.
 */
export async function findPulumi(options: FindOptions = {}): Promise<PulumiBinary> {
  const cached = cachedBinary()
  if (existsSync(cached)) return { path: cached, foundIn: "cache" }
  const onPath = await fromPath()
  if (onPath) return { path: onPath, foundIn: "PATH" }
  const tried = ["PATH", `cache (${cached})`]
  if (options.lookOnly) throw missing(tried)
  await mkdir(dirname(cached), { recursive: true })
  options.onProgress?.(`installing the Pulumi CLI ${pulumiVersion}`)
  const installed = await officialInstall(cached, options)
  options.signal?.throwIfAborted()
  if (installed === undefined) return { path: cached, foundIn: "official install" }
  tried.push(`official install (${installed})`)
  options.onProgress?.(
    `building the Pulumi CLI ${pulumiVersion} from source with Go; once, 4 to 10 minutes on two cores`,
  )
  const built = await goBuild(cached, options)
  options.signal?.throwIfAborted()
  if (built === undefined) return { path: cached, foundIn: "Go build" }
  throw missing([...tried, `Go build (${built})`])
}

export const cachedBinary = (): string => join(cacheDirectory(), "pulumi", pulumiVersion, "bin", "pulumi")

async function fromPath(): Promise<string | undefined> {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map(directory => join(directory, "pulumi"))
  const found = candidates.find(candidate => existsSync(candidate))
  if (!found) return undefined
  const options = { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: versionDeadline }
  const version = await run(found, ["version"], options).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
  return version === `v${pulumiVersion}` ? found : undefined
}

/** Returns why it did not work, or nothing when it did. */
async function officialInstall(target: string, { signal }: FindOptions): Promise<string | undefined> {
  const root = `${dirname(target)}.${randomUUID()}`
  try {
    const { default: automation } = await import("@pulumi/pulumi/automation/index.js")
    signal?.throwIfAborted()
    // Without a version it installs the SDK's own, which is the pinned one.
    await orSilence(automation.PulumiCommand.install({ root }), signal)
    await rename(join(root, "bin", "pulumi"), target)
    return undefined
  } catch (error) {
    return firstLine(error)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** The install hears no signal and, on a network that swallows packets, has no end. */
async function orSilence(install: Promise<unknown>, signal = new AbortController().signal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(installDeadline)])
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const give = () => reject(limit.reason)
  limit.addEventListener("abort", give)
  try {
    await Promise.race([install, aborted])
  } finally {
    limit.removeEventListener("abort", give)
  }
}

async function goBuild(target: string, { signal, onProgress }: FindOptions): Promise<string | undefined> {
  const module = pulumiModule()
  if (!module) return "its Go module is only in the checkout"
  const draft = `${target}.${randomUUID()}`
  const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`
  const args = [
    "build",
    "-v",
    "-trimpath",
    "-ldflags",
    flags,
    "-o",
    draft,
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  ]
  const child = spawn("go", args, { cwd: module, stdio: ["ignore", "ignore", "pipe"], ...(signal && { signal }) })
  let [packages, lastLine] = [0, ""]
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = text.trim().split("\n")
    packages += lines.filter(line => !line.startsWith("go: ")).length
    lastLine = lines.at(-1) ?? lastLine
    onProgress?.(
      packages === 0
        ? "downloading the Pulumi CLI's sources"
        : `building the Pulumi CLI from source: ${packages} of about ${packagesInAll} packages`,
    )
  })
  const failure = await new Promise<string | undefined>(resolve => {
    child.once("error", error => resolve(firstLine(error)))
    child.once("close", code => resolve(code === 0 ? undefined : lastLine || `go ended with ${code}`))
  })
  if (failure === undefined) await rename(draft, target)
  await rm(draft, { force: true })
  return failure
}

/** The Go module lies in the checkout, above wherever this code was bundled to. */
function pulumiModule(): string | undefined {
  for (let directory = import.meta.dirname; directory !== dirname(directory); directory = dirname(directory)) {
    const module = join(directory, "tools", "pulumi-cli")
    if (existsSync(join(module, "go.mod"))) return module
  }
  return undefined
}

function missing(tried: readonly string[]): ChatopsError {
  return new ChatopsError("PULUMI_MISSING", `no Pulumi CLI ${pulumiVersion}; tried ${tried.join(", ")}`, {
    details: { tried },
  })
}

const firstLine = (error: unknown): string => ((error as Error).message ?? String(error)).split("\n")[0] ?? ""
