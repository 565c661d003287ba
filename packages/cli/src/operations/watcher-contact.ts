import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Environment } from "@chatops/stacks"
import type { Ledger, LedgerRecord } from "../ledger/index.ts"
import type { OperationServices } from "./operation.ts"
import { recordWatcherActions, tellToCome, type WatcherContact } from "./record-watcher.ts"

/** For who records nothing else now: what the watcher did is written and pushed. What is still to come, for people. */
export async function bringWatcherActions(
  services: Pick<OperationServices, "environment" | "target" | "ledger">,
  signal: AbortSignal,
): Promise<string[]> {
  const contact = await recordWatcherActions(services, signal)
  return [...tellToCome(contact), ...(await push([contact], services.ledger))]
}

export interface AppContact {
  /** What the watcher did and the ledger has yet to hear of, as it will be written; and why it was not. */
  readonly toCome: readonly { readonly record: LedgerRecord; readonly why: string }[]
  /** The same, for people. */
  readonly told: readonly string[]
}

/**
 * The same for who only reads the ledger: of all environments of the app that this machine knows, or of one. Never throws:
 * where chatops.yaml cannot be read, the ledger still can.
 */
export async function bringFromApp(
  appDirectory: string,
  ledger: Ledger,
  name: string | undefined,
  signal: AbortSignal,
): Promise<AppContact> {
  const contacts: WatcherContact[] = []
  for (const environment of await environmentsHere(appDirectory, name).catch(() => [])) {
    const { targets } = await import("@chatops/stacks/targets")
    const target = await targets[environment.config.target]?.open(environment).catch(() => undefined)
    if (target !== undefined)
      contacts.push(await recordWatcherActions({ environment, target, ledger: async () => ledger }, signal))
  }
  const told = [...contacts.flatMap(tellToCome), ...(await push(contacts, async () => ledger))]
  return { toCome: contacts.flatMap(({ toCome, why }) => toCome.map(record => ({ record, why: why ?? "" }))), told }
}

/**
 * Parsers and targets take as long to load as all the rest of a command that only reads: not where nobody watches. What a
 * watcher did before that was taken out of chatops.yaml comes with the deploy that ends it.
 */
async function environmentsHere(appDirectory: string, name: string | undefined): Promise<Environment[]> {
  if (!/^[^#\n]*\bautomatic\b/m.test(await readFile(join(appDirectory, "chatops.yaml"), "utf8"))) return []
  const { environmentOf, loadConfig } = await import("../load-app.ts")
  const app = await loadConfig(appDirectory)
  return app.environments
    .filter(environment => name === undefined || environment.name === name)
    .map(environment => environmentOf(app, appDirectory, environment))
    .filter(({ directories }) => existsSync(directories.state))
}

/** What is written is there; that it is not pushed is told. */
async function push(contacts: readonly WatcherContact[], ledger: OperationServices["ledger"]): Promise<string[]> {
  if (contacts.every(({ written }) => written === 0)) return []
  const why = await ledger()
    .then(opened => opened.push())
    .then(pushed => ("reason" in pushed ? pushed.reason : undefined))
    .catch((error: Error) => error.message)
  if (why === undefined) return []
  return [`what the watcher did is in the ledger here, and not pushed (${why}); the next operation tries again`]
}
