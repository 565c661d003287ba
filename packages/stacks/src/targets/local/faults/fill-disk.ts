import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import * as z from "zod"
import { isAlive, type ProcessIdentity } from "../../../process/process-identity.ts"
import { isRoot } from "../../../state/state-directory.ts"
import { localFault, unsupported } from "./local-fault.ts"
import { regionDirectory, regionProcesses, toAllOf } from "./region-processes.ts"

const Limited = z.strictObject({
  directory: z.string(),
  /** The soft limit before, as `prlimit` writes it. */
  soft: z.string(),
})

/**
 * No process of the region can write to any file: the system refuses with EFBIG, where a full disk would say ENOSPC. Only
 * the soft limit is lowered, which any user may raise again.
 */
export const fillDisk = localFault<"fill-disk", z.infer<typeof Limited>>({
  broken: Limited,
  hindrance: () =>
    run("prlimit", ["--version"]).then(
      () => undefined,
      () => "`prlimit` (util-linux) is not installed",
    ),
  make: async ({ region }, { directories, record, breaks }) => {
    const directory = regionDirectory(directories, region)
    // All others inherit what the first one, their supervisor, has.
    const [first] = regionProcesses(directory)
    if (!first) throw unsupported(`nothing runs in ${region}`)
    await record({ directory, soft: await softLimit(first) })
    breaks()
    await toAllOf(directory, process => limit(process, "0"))
  },
  heal: ({ directory, soft }) => toAllOf(directory, process => limit(process, soft)),
})

const run = promisify(execFile)

async function softLimit(process: ProcessIdentity): Promise<string> {
  const { stdout } = await prlimit(process, ["--fsize", "--output", "SOFT", "--noheadings", "--raw"])
  return stdout.trim()
}

/** One that ended meanwhile needs no limit. */
async function limit(process: ProcessIdentity, soft: string): Promise<void> {
  if (!isAlive(process)) return
  await prlimit(process, [`--fsize=${soft}:`]).catch(error => {
    if (isAlive(process)) throw error
  })
}

/** As the process's own user, who may: root may change limits of others' processes only with a capability of its own. */
const prlimit = ({ pid }: ProcessIdentity, options: readonly string[]) =>
  run("prlimit", ["--pid", `${pid}`, ...options], isRoot() ? userOf(pid) : {})

function userOf(pid: number): { uid?: number; gid?: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const id = (name: string) => Number(new RegExp(`^${name}:\\t(\\d+)`, "m").exec(status)?.[1] ?? 0)
  return { uid: id("Uid"), gid: id("Gid") }
}
