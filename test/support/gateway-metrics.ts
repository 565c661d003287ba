import { once } from "node:events"
import { globSync, readFileSync } from "node:fs"
import { get, type IncomingMessage } from "node:http"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import type { TestApp } from "./test-app.ts"

/** A metric of the gateway that has no labels. */
export async function gatewayMetric({ state }: TestApp, name: string): Promise<number> {
  const [file = ""] = globSync("*/*/entry/spec.json", { cwd: state })
  const { socket } = JSON.parse(readFileSync(join(state, file), "utf8")) as { socket: string }
  const asked = get({ socketPath: join(dirname(socket), "gateway.ctl"), path: "/metrics" })
  const [answer] = (await once(asked, "response")) as [IncomingMessage]
  const line = (await text(answer)).split("\n").find(line => line.startsWith(`${name} `))
  return Number(line?.slice(name.length))
}
