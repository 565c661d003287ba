import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import { onTestFinished } from "vitest"
import type { WitnessSpec } from "../targets/local/agent/spec.ts"
import { stopAgent } from "../targets/local/agent/stop-agent.ts"
import { findFreePort } from "../targets/local/free-port.ts"
import { partPrograms } from "../targets/local/part-programs.ts"

export const firstRegister: Register = {
  epoch: 1,
  primary: "east",
  incarnation: null,
  inSync: null,
  durability: "async",
  onLoss: "degrade",
  lease: 2_000,
  claim: "in-sync",
  version: 1,
  nonce: "initial",
}

/** The smallest agent there is, in a state root of the test's own; ended with the test, however it ends. */
export async function witnessSpec(root: string): Promise<WitnessSpec> {
  const directory = join(root, "app-1", "local", "witness")
  const tokenFile = join(root, "token")
  mkdirSync(join(root, "run"), { recursive: true })
  writeFileSync(tokenFile, "token", { mode: 0o600 })
  const spec: WitnessSpec = {
    kind: "witness",
    directory,
    socket: join(root, "run", "witness"),
    ...partPrograms("witness"),
    port: await findFreePort(new Set()),
    tokenFile,
    initial: firstRegister,
  }
  onTestFinished(() => stopAgent(spec, AbortSignal.timeout(30_000)))
  return spec
}
