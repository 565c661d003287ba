import { afterEach } from "vitest"
import { GatewaySettings } from "../../contract/index.ts"
import { Gateway, type GatewayOptions } from "../gateway.ts"
import { defaultTiming, type Timing } from "../timing.ts"
import { RawClient } from "./raw-client.ts"
import type { StandInReplica } from "./stand-in-replica.ts"

/** A gateway in front of stand-ins, ended after the test. Ejections and checks are long unless a test says otherwise. */
export async function startGateway(
  replicas: readonly { readonly port: number }[],
  settings: Record<string, unknown> = {},
  timing: Partial<Timing> = {},
  options: Omit<GatewayOptions, "log" | "timing"> = {},
) {
  const logged: LogLine[] = []
  const waiters: (() => void)[] = []
  const write = (level: string) => (details: object, message: string) => {
    logged.push({ level, message, ...details })
    for (const waiter of waiters.splice(0)) waiter()
  }
  const log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") }
  const parsed = gatewaySettings(replicas, settings)
  const gateway = new Gateway(
    { ...parsed, listen: { ...parsed.listen, port: 0 } },
    { ...options, log, timing: { ...defaultTiming, sweep: 5, again: 1, ...timing } },
  )
  const { port } = await gateway.listen()
  const clients: RawClient[] = []
  const drained = { done: false }
  running.push(async () => {
    for (const client of clients) await client.close()
    if (!drained.done) {
      gateway.apply({ ...gateway.settings, drain: 1 })
      await gateway.drain()
    }
  })
  return {
    gateway,
    port,
    url: `http://127.0.0.1:${port}`,
    logged,
    client(): RawClient {
      const client = new RawClient(port)
      clients.push(client)
      return client
    },
    async drain(): Promise<void> {
      drained.done = true
      await gateway.drain()
    },
    /** Resolves with the first log line of that message, past or future. */
    async line(message: string): Promise<LogLine> {
      for (;;) {
        const found = logged.find(line => line.message === message)
        if (found !== undefined) return found
        await new Promise<void>(resolve => waiters.push(resolve))
      }
    },
  }
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly [detail: string]: unknown
}

export function gatewaySettings(
  replicas: readonly { readonly port: number }[],
  settings: Record<string, unknown> = {},
): GatewaySettings {
  return GatewaySettings.parse({
    app: "bot",
    environment: "test",
    listen: { host: "127.0.0.1", port: 1 },
    control: "/tmp/unused",
    algorithm: "round-robin",
    regions: { east: {}, west: {} },
    backends: replicas.map((replica, at) => ({
      id: `${at === 0 ? "east" : "west"}/r${at + 1}`,
      host: "127.0.0.1",
      port: replica.port,
      region: at === 0 ? "east" : "west",
      release: "rel_000000000001",
    })),
    health: { interval: 60_000, timeout: 1_000 },
    ...settings,
  })
}

/** Registers a stand-in to be ended after the test. */
export async function ending<T extends Pick<StandInReplica, "kill">>(starting: Promise<T>): Promise<T> {
  const started = await starting
  running.push(() => started.kill().catch(() => {}))
  return started
}

const running: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end()
})
