import { randomBytes } from "node:crypto"
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent, DrillFigures, Fault, Scenario } from "@chatops/stacks/drill"
import { expect } from "vitest"
import { chatops } from "./chatops.ts"
import { type Receiver, startReceiver } from "./receiver.ts"
import type { StatusDocument } from "./status.ts"
import { makeApp, type TestApp } from "./test-app.ts"

/** What the tests read of `drill run --json`. */
interface Drilled {
  readonly drills: readonly {
    readonly id: string
    readonly seed: number
    readonly outcome: string
    readonly aborted: string | null
    readonly figures: DrillFigures
    readonly verdict: unknown
  }[]
}

/** A deployed app of two regions that fails over by itself and has objectives, for drills. */
export interface DrilledApp {
  readonly app: TestApp
  /** Is told what happens. */
  readonly receiver: Receiver
  status(): Promise<StatusDocument>
  /** Resolves when everything is well and a region is in sync, as before any drill. */
  untilWhole(): Promise<void>
  /** Writes a short scenario with one fault, and returns its name; `others` are keys of the file. Seconds. */
  scenario(name: string, fault: Fault, healAfter?: number, others?: Partial<Scenario>): string
  /** Runs a drill, whatever it comes to. */
  drill(...args: readonly string[]): Promise<Drilled & { readonly code: number }>
  /** Files of faults that are made, in effect, or not yet healed. */
  broken(): string[]
  /** When each fault heals that is in effect, in milliseconds since 1970. */
  inEffect(): number[]
  /** Files of raw events. */
  records(): string[]
  events(drill: string): DrillEvent[]
  /** Whether the evidence of every drill holds. */
  verified(): Promise<boolean>
  remove(): Promise<void>
}

/** Of a fault's file. */
interface Held {
  readonly effect: { readonly healsAt: number } | null
}

export async function makeDrilledApp(): Promise<DrilledApp> {
  const app = await makeApp()
  const receiver = await startReceiver()
  app.edit(text =>
    text.replace(
      "durability: zero-loss",
      `durability: zero-loss\n    failover: automatic\n    objectives: { rto: 30s, rpo: 0 }
    notify: [{ url: "${receiver.url}", secret: { secret: hook } }]`,
    ),
  )
  const input = `whsec_${randomBytes(32).toString("base64")}`
  await chatops(["secret", "set", "hook"], { ...app.surroundings, input })
  await app.json("deploy", "--yes")
  const status = () => app.json<StatusDocument>("status")
  const isWhole = async () => {
    const now = await status().catch(() => undefined)
    return now?.healthy === true && now.inSync !== null
  }
  const files = (pattern: string) => globSync(pattern, { cwd: app.state })
  const broken = () => files("**/faults/*.json")
  return {
    app,
    receiver,
    status,
    untilWhole: () => expect.poll(isWhole, { timeout: 60_000, interval: 200 }).toBe(true),
    scenario: (name, fault, healAfter = 4, others = {}) => {
      const faults = [{ fault, after: 0, healAfter }]
      const directory = join(app.directory, "drills")
      mkdirSync(directory, { recursive: true })
      const file = { summary: name, warmUp: 2, coolDown: 2, ...others, faults }
      writeFileSync(join(directory, `${name}.yaml`), JSON.stringify(file))
      return name
    },
    drill: async (...args) => {
      const { code, stdout, stderr } = await app.run("drill", "run", ...args, "--yes", "--json")
      const document = JSON.parse(stdout || "{}") as Drilled
      if (document.drills === undefined) throw new Error(`no drill was made:\n${stdout}\n${stderr}`)
      return { ...document, code }
    },
    broken,
    inEffect: () =>
      broken().flatMap(file => {
        const { effect } = JSON.parse(readFileSync(join(app.state, file), "utf8")) as Held
        return effect === null ? [] : effect.healsAt
      }),
    records: () => files("**/drills/*.jsonl"),
    events: drill =>
      readFileSync(join(app.state, files(`**/drills/${drill}.jsonl`)[0] ?? ""), "utf8")
        .trim()
        .split("\n")
        .map(line => JSON.parse(line) as DrillEvent),
    verified: async () => (await app.json<{ passed: boolean }>("drill", "verify")).passed,
    remove: async () => {
      await app.remove()
      receiver.close()
    },
  }
}
