import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { TestApp } from "../../../test/support/test-app.ts"

/** Milliseconds. */
const lookEvery = 10

export interface RegisterSeen {
  /** By the clock that was given. */
  readonly at: number
  readonly primary: string
  /** The region that is in sync with it. */
  readonly inSync: string | null
}

/** What the register comes to say, read from the witness's disk. */
export function watchRegister(
  app: TestApp,
  now: () => number,
): Disposable & { readonly seen: readonly RegisterSeen[] } {
  const [file] = globSync("*/local/witness/register.json", { cwd: app.state })
  if (file === undefined) throw new Error(`${app.state} has no register`)
  const seen: RegisterSeen[] = []
  const look = () => {
    const { primary, inSync } = JSON.parse(readFileSync(join(app.state, file), "utf8")) as Register
    const last = seen.at(-1)
    const region = inSync?.region ?? null
    if (last?.primary !== primary || last.inSync !== region) seen.push({ at: now(), primary, inSync: region })
  }
  look()
  const looking = setInterval(look, lookEvery)
  return { seen, [Symbol.dispose]: () => clearInterval(looking) }
}
