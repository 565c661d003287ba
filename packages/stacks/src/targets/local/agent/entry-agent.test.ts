import { once } from "node:events"
import { existsSync, rmSync } from "node:fs"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { GatewaySettings } from "@chatops/runtime/contract"
import { expect, it, onTestFinished } from "vitest"
import { outboxDirectory } from "../../../notify/announce.ts"
import type { Receiver } from "../../../notify/deliver.ts"
import { Outbox } from "../../../notify/outbox.ts"
import { TestReceiver } from "../../../notify/testing/receiver.ts"
import { sampleEvent } from "../../../notify/testing/sample-event.ts"
import { scratchState } from "../../../testing/scratch-state.ts"
import { findFreePort } from "../free-port.ts"
import { gatewayControlSocket } from "../layout.ts"
import { partPrograms } from "../part-programs.ts"
import { AgentClient } from "./agent-client.ts"
import { launchAgent } from "./launch.ts"
import type { EntrySpec } from "./spec.ts"
import { stopAgent } from "./stop-agent.ts"

/** An entry whose only replica is the test, and always well. */
async function entrySpec(receivers: readonly Receiver[] = []): Promise<EntrySpec> {
  const root = scratchState()
  const run = join(root, "run")
  const replica = http.createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1")
  await once(replica, "listening")
  onTestFinished(() => void replica.close().closeAllConnections())
  const { port } = replica.address() as AddressInfo
  const host = "127.0.0.1"
  const spec: EntrySpec = {
    kind: "entry",
    directory: join(root, "app-1", "local", "entry"),
    socket: join(run, "entry"),
    ...partPrograms("entry"),
    watch: null,
    notify:
      receivers.length === 0
        ? null
        : {
            app: "bot",
            environment: "local",
            state: join(root, "app-1", "local"),
            run,
            regions: ["east"],
            receivers: [...receivers],
          },
    gateway: GatewaySettings.parse({
      app: "bot",
      environment: "local",
      listen: { host, port: await findFreePort(new Set()) },
      control: gatewayControlSocket({ run }),
      regions: { east: {} },
      backends: [{ id: "east/r1", region: "east", release: "r-1", host, port }],
      drain: 1_000,
    }),
  }
  onTestFinished(() => stopAgent(spec, AbortSignal.timeout(30_000)))
  return spec
}

it("says that its gateway's socket was removed, leaves the gateway alone, and restarts it at the next deploy", async () => {
  const spec = await entrySpec()
  const soon = AbortSignal.timeout(50_000)
  const launched = await launchAgent(spec, { signal: soon })
  const gateway = launched.processes[0]?.pid
  rmSync(spec.gateway.control)
  for await (const { failure, processes } of new AgentClient(spec.socket).changes(soon)) {
    if (failure === null) continue
    expect(failure.message).toContain(`${spec.gateway.control} was removed`)
    expect(processes).toMatchObject([{ pid: gateway, ready: true }])
    break
  }
  const again = await launchAgent(spec, { signal: soon })
  expect(again).toMatchObject({ pid: launched.pid, failure: null })
  expect(existsSync(spec.gateway.control)).toBe(true)
}, 60_000)

it("sends what others put into the outbox, and says that a receiver could not be told", async () => {
  const receiver = new TestReceiver()
  const address = await receiver.listen()
  const spec = await entrySpec([address])
  const soon = AbortSignal.timeout(50_000)
  receiver.answer = 503
  const outbox = new Outbox(outboxDirectory(spec.notify?.state ?? ""))
  await outbox.add(sampleEvent(1), [address.url])
  await launchAgent(spec, { signal: soon })
  const agent = new AgentClient(spec.socket)
  for await (const { notify } of agent.changes(soon)) if (notify?.failure) break
  expect((await agent.state())?.notify).toMatchObject({ waiting: 1, failure: { reason: "HTTP 503", attempts: 1 } })
  receiver.answer = 200
  await outbox.add(sampleEvent(2), [address.url])
  for await (const { notify } of agent.changes(soon)) if (notify?.waiting === 0) break
  const ids = new Map(receiver.attempts.map(({ id, payload }) => [id, payload]))
  expect([...ids.values()]).toEqual([1, 2].map(sampleEvent))
}, 60_000)
