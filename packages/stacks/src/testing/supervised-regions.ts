import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import pg from "pg"
import { onTestFinished } from "vitest"
import type { RoleContext } from "../targets/local/agent/role.ts"
import type { RegionSpec } from "../targets/local/agent/spec.ts"
import { SupervisedDatabase } from "../targets/local/agent/supervised-database.ts"
import { findFreePort } from "../targets/local/free-port.ts"
import { serveRegister } from "../targets/local/witness/register-server.ts"
import { RegisterStore } from "../targets/local/witness/register-store.ts"
import type { ScratchRegion, ScratchRegions } from "./scratch-regions.ts"
import { firstRegister } from "./witness-agent.ts"

export const soon = () => AbortSignal.timeout(60_000)
const impatient = { witness: 0, primary: 0 }

/** A real register server, with the register in the hands of the test. */
export async function realWitness({ tokenFile, east }: ScratchRegions, initial: Partial<Register> = {}) {
  const store = await RegisterStore.open(join(east.spec.directory, "register.json"), { ...firstRegister, ...initial })
  const port = await findFreePort(new Set())
  const listen = async () => {
    const server = await serveRegister(store, readFileSync(tokenFile, "utf8"), port)
    onTestFinished(() => void server.close())
    return server
  }
  const server = await listen()
  return { store, server, listen, at: { url: `http://127.0.0.1:${port}`, tokenFile } }
}

/** The region's database in the hands of an impatient supervisor; what it says about itself is kept. */
export function supervise(
  { spec }: ScratchRegion,
  witness: RegionSpec["witness"],
  policy = spec.policy,
  remember: RoleContext["remember"] = () => undefined,
) {
  const [phases, troubles] = [new Set<string>(), new Set<string>()]
  const database = new SupervisedDatabase({ remember }, impatient, [])
  onTestFinished(() => database.stop())
  database.on("change", () => {
    phases.add(database.phase)
    if (database.trouble) troubles.add(database.trouble.code)
  })
  const whole = { ...spec, witness, policy }
  return { database, spec: whole, phases, troubles, apply: (signal = soon()) => database.apply(whole, signal) }
}

export async function admitsRuntimes({ spec }: ScratchRegion): Promise<boolean> {
  const password = readFileSync(spec.database.passwords.runtime, "utf8")
  const login = { host: "127.0.0.1", port: spec.database.port, user: "runtime", password, database: "chatops" }
  const client = new pg.Client(login)
  return client.connect().then(
    async () => client.end().then(() => true),
    () => false,
  )
}
