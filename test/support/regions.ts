import { spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { killAll, processesNaming, processTree } from "./processes.ts"
import type { TestApp } from "./test-app.ts"

/** A part's supervisor, and everything of it. */
export interface Supervised {
  /** The supervisor first: nobody is left to start anything again. */
  readonly pids: readonly number[]
  /** Starts the supervisor again as it was, as whoever looks after the machine would, and nothing else. */
  start(): void
}

/** What runs of a part now. `part` ends its directory: `/regions/east`, `/witness`. */
export function supervised({ state }: TestApp, part: string): Supervised {
  const agent = processesNaming(state).find(({ commandLine }) => commandLine.endsWith(part))
  if (agent === undefined) throw new Error(`no supervisor of ${part} runs`)
  const [command = "", ...args] = readWords(`/proc/${agent.pid}/cmdline`)
  const environment = readWords(`/proc/${agent.pid}/environ`).map(text => text.split(/=(.*)/s).slice(0, 2))
  const env = Object.fromEntries(environment) as Record<string, string>
  const logFile = join(args.at(-1) ?? "", "logs", "agent.log")
  return {
    pids: processTree(agent.pid, processesNaming("")),
    start: () => {
      const log = openSync(logFile, "a")
      spawn(command, args, { cwd: "/", env, detached: true, stdio: ["ignore", log, log] }).unref()
      closeSync(log)
    },
  }
}

/** All of them at the same moment. */
export function killAtOnce(...parts: readonly Supervised[]): void {
  killAll(parts.flatMap(({ pids }) => pids))
}

const readWords = (file: string): string[] => readFileSync(file, "utf8").split("\0").slice(0, -1)
