import { join } from "node:path"
import type { Environment, OpenTarget } from "@chatops/stacks"
import type { LedgerEntry, LedgerRecord } from "../../ledger/index.ts"
import type { OperationServices } from "../operation.ts"
import type { FakeEngine } from "./fake-engine.ts"

export interface FakeServices extends OperationServices {
  /** What reached the ledger. */
  readonly recorded: LedgerRecord[]
}

export interface FakeParts {
  readonly target?: OpenTarget
  readonly engine?: FakeEngine
  readonly regions?: readonly string[]
  readonly confirm?: OperationServices["confirm"]
}

/** Services of an operation; without parts, for steps that need neither a target nor an engine. The ledger is a list. */
export function fakeServices(stateDirectory: string, parts: FakeParts = {}): FakeServices {
  const recorded: LedgerRecord[] = []
  const unused = (name: string) => () => Promise.reject(new Error(`this test has no ${name}`))
  const { target, engine, regions = [], confirm = async () => true } = parts
  return {
    recorded,
    environment: fakeEnvironment(stateDirectory, regions),
    target: target ?? ({ watcherActions: async () => [] } as unknown as OpenTarget),
    programs: unused("programs"),
    begunStacks: async () => [...(engine?.deployed ?? [])],
    engine: engine ? async () => engine : unused("engine"),
    confirm,
    repository: async () => ({ root: "/", head: null, branch: "main", dirty: false, dirtyPaths: [] }),
    ledger: async () => ({
      append: async record => {
        recorded.push(record)
        return { record } as LedgerEntry
      },
      entries: async () => [],
      entry: async () => undefined,
      view: unused("ledger to read files from"),
      push: async () => ({ outcome: "no-remote" }),
    }),
  }
}

function fakeEnvironment(state: string, regions: readonly string[]): Environment {
  return {
    app: { app: "bot", chat: { model: "gpt-5-mini" } },
    appDirectory: state,
    config: {
      name: "local",
      target: "local",
      regions: regions.map(name => ({ name })),
      primary: regions[0],
      durability: "async",
      notify: [],
    },
    directories: { state, run: join(state, "run"), cache: join(state, "cache") },
    release: "rel_000000000000",
  } as unknown as Environment
}
