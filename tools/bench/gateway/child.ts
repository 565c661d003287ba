import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import fs from "node:fs/promises"
import net from "node:net"
import os from "node:os"
import path from "node:path"

/** One process of the benchmark; ended, and its files removed, when it is disposed of. */
export interface Child extends AsyncDisposable {
  readonly port: number
  readonly process: ChildProcess
  /** CPU time since the start, user and system, in microseconds. */
  cpu(): Promise<number>
}

export async function startChild(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const child = fork(new URL(file, import.meta.url), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const message = async <T>(type: string): Promise<T> => {
    for (;;) {
      const [received] = (await once(child, "message")) as [{ type: string } & T]
      if (received.type === type) return received
      if (received.type === "fatal") throw new Error(JSON.stringify(received))
    }
  }
  const { port } = await message<{ port: number }>("listening")
  return {
    port,
    process: child,
    async cpu() {
      child.send("cpu")
      const { usage } = await message<{ usage: NodeJS.CpuUsage }>("cpu")
      return usage.user + usage.system
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, "exit")
      child.kill("SIGKILL")
      await exited
    },
  }
}

export async function startGateway(replicas: readonly Child[]): Promise<Child> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "bench-gateway-"))
  const file = path.join(directory, "settings.json")
  const settings = {
    app: "bench",
    environment: "bench",
    listen: { host: "127.0.0.1", port: await freePort() },
    control: path.join(directory, "control"),
    regions: { east: {} },
    backends: replicas.map(({ port }, at) => ({
      id: `east/r${at + 1}`,
      host: "127.0.0.1",
      port,
      region: "east",
      release: "rel_000000000001",
    })),
  }
  await fs.writeFile(file, JSON.stringify(settings))
  const child = await startChild("./ours.ts", [], { CHATOPS_SETTINGS: file })
  return {
    ...child,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
      await fs.rm(directory, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}
