import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

/** A process of this benchmark that serves; it ends when it is disposed of. */
export interface Started extends AsyncDisposable {
  readonly url: string
  readonly pid: number
}

/** Starts a module of this directory that calls `serve`. */
export async function start(file: string, ...parameters: string[]): Promise<Started> {
  const child = fork(new URL(file, import.meta.url), parameters)
  const [port] = (await once(child, "message")) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    pid: pidOf(child),
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit")
      child.kill()
      await exit
    },
  }
}

/** Listens on a free port and tells it to `start`. */
export function serve(server: Server): void {
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("The process did not start.")
  return pid
}

/** CPU time of a process so far in microseconds, user and system, all threads; to 10 ms. Linux only. */
export function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
  // proc_pid_stat(5): fields 14 and 15, in ticks of 1/100 s; what was cut off are the first two.
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
