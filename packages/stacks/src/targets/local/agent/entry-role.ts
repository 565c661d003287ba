import { isDeepStrictEqual } from "node:util"
import { Client } from "undici"
import { nodeProcess, runtimeProgram } from "./node-process.ts"
import type { Role, RoleContext } from "./role.ts"
import { SimpleRole } from "./simple-role.ts"
import type { EntrySpec } from "./spec.ts"

/** Keeps the gateway, and gives it new settings without a restart. */
export function entryRole(context: RoleContext): Role {
  const plan = ({ gateway }: EntrySpec) =>
    nodeProcess(context.directory, "gateway", runtimeProgram("gateway"), gateway, gateway.drain + 1_000)
  return new SimpleRole<EntrySpec>(context, plan, async (spec, previous) => {
    if (!isDeepStrictEqual(spec.gateway.listen, previous.gateway.listen)) return false
    plan(spec)
    await putSettings(spec)
    return true
  })
}

async function putSettings({ gateway }: EntrySpec): Promise<void> {
  const client = new Client("http://gateway", { socketPath: gateway.control })
  try {
    const { statusCode, body } = await client.request({
      method: "PUT",
      path: "/settings",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(gateway),
    })
    const text = await body.text()
    if (statusCode >= 300) throw new Error(`the gateway refused its settings: ${text}`)
  } finally {
    await client.close()
  }
}
