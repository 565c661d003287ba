import { join } from "node:path"
import type { Environment, OpenTarget } from "@chatops/stacks"
import type { LedgerEntry, LedgerRecord } from "../../ledger/index.ts"
import type { OperationServices } from "../operation.ts"

export interface FakeServices extends OperationServices {
  /** What reached the ledger. */
  readonly recorded: LedgerRecord[]
}

/** Services for operations whose steps need neither a target nor an engine. The ledger is a list. */
export function fakeServices(stateDirectory: string): FakeServices {
  const recorded: LedgerRecord[] = []
  const unused = (name: string) => () => Promise.reject(new Error(`this test has no ${name}`))
  return {
    recorded,
    environment: fakeEnvironment(stateDirectory),
    target: {} as OpenTarget,
    programs: unused("programs"),
    engine: unused("engine"),
    confirm: async () => true,
    repository: async () => ({ root: "/", head: null, branch: "main", dirty: false, dirtyPaths: [] }),
    ledger: async () => ({
      append: async record => {
        recorded.push(record)
        return { record } as LedgerEntry
      },
      entries: async () => [],
      entry: async () => undefined,
      push: async () => ({ outcome: "no-remote" }),
    }),
  }
}

function fakeEnvironment(state: string): Environment {
  return {
    app: { app: "bot" },
    appDirectory: state,
    config: { name: "local", regions: [] },
    directories: { state, run: join(state, "run"), cache: join(state, "cache") },
    release: "rel_000000000000",
  } as unknown as Environment
}
