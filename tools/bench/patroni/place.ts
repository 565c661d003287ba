import { type ChildProcess, spawn } from "node:child_process"
import {
  chmodSync,
  chownSync,
  closeSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { postgresUser } from "../../../packages/stacks/src/targets/local/postgres/installation.ts"
import { postmastersIn, processesIn, signalAllIn, signalProcess } from "./processes.ts"

/** A directory of our own, and the programs that work in it. Both are gone when it is disposed of, and when we end. */
export interface Place extends Disposable {
  readonly root: string
  /** Makes a directory that the programs' user owns. */
  directory(name: string): string
  write(file: string, content: string): void
  /** Starts a program that works in `home`; what it says goes into `log` there. */
  start(home: string, program: string, args: readonly string[]): ChildProcess
  /** What the programs said last, for when they are to blame. */
  lastWords(): string
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
/** Milliseconds for servers to end by themselves, which they do in a few hundred. */
const patience = 5_000

export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "chatops-patroni-"))
  const user = postgresUser()
  const own = (file: string) => {
    if (user) chownSync(file, user.uid, user.gid)
  }
  chmodSync(root, 0o711)
  const children: ChildProcess[] = []
  const clear = () => {
    for (const child of children) child.kill("SIGKILL")
    endServers(root)
    rmSync(root, { recursive: true, force: true, maxRetries: 10 })
  }
  const onSignal = (signal: NodeJS.Signals) => {
    place[Symbol.dispose]()
    // Whoever else waits for this signal ends the process; otherwise it does what it does by default.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const place: Place = {
    root,
    directory(name) {
      const directory = join(root, name)
      mkdirSync(directory, { mode: 0o700 })
      own(directory)
      return directory
    },
    write(file, content) {
      writeFileSync(file, content, { mode: 0o600 })
      own(file)
    },
    start(home, program, args) {
      const log = openSync(join(home, "log"), "a")
      const child = spawn(program, args, {
        cwd: home,
        env: { PATH: "/usr/bin:/bin", HOME: home, LC_ALL: "C.UTF-8" },
        stdio: ["ignore", log, log],
        ...user,
      })
      closeSync(log)
      children.push(child)
      return child
    },
    lastWords: () =>
      globSync(join(root, "*", "log"))
        .map(log => `${log}:\n${readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n")}`)
        .join("\n"),
    [Symbol.dispose]() {
      process.off("exit", clear)
      for (const signal of signals) process.off(signal, onSignal)
      clear()
    },
  }
  process.once("exit", clear)
  for (const signal of signals) process.on(signal, onSignal)
  return place
}

/** At once, but not by force where it can be helped: a server that is killed leaves shared memory behind. */
function endServers(root: string): void {
  signalAllIn(root, "SIGCONT")
  for (const postmaster of postmastersIn(root)) signalProcess(postmaster, "SIGQUIT")
  const until = performance.now() + patience
  while (postmastersIn(root).length > 0 && performance.now() < until) pause(20)
  signalAllIn(root, "SIGKILL")
  while (processesIn(root).length > 0) pause(20)
}

/** Blocks: what must be done before the process ends cannot wait for events. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
