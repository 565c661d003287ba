import type { LedgerView } from "../../ledger/index.ts"
import { payloadOf, readEnvelope } from "./dsse.ts"
import { drillOf, drillsPlace, statementFile } from "./places.ts"
import { sha256 } from "./sha256.ts"
import { parseStatement } from "./statement.ts"

/** One drill's place among the others of its environment. */
export interface ChainLink {
  readonly id: string
  /** Of its statement's file. */
  readonly digest: string
  /** Digests of the statements that it names as the latest before it. */
  readonly previous: readonly string[]
  readonly endedAt: string | null
}

/** Links of an environment's drills. A statement that cannot be read is one that names nothing. */
export async function readChain(view: LedgerView, environment: string): Promise<readonly ChainLink[]> {
  const paths = view.files(`${drillsPlace}/${environment}`).filter(path => drillOf(path)?.file === statementFile)
  return [...(await view.read(paths))].map(([path, content]) => linkOf(drillOf(path)?.id ?? "", content))
}

function linkOf(id: string, content: Buffer): ChainLink {
  const envelope = readEnvelope(content)
  const predicate = envelope && parseStatement(payloadOf(envelope))?.predicate
  return {
    id,
    digest: sha256(content),
    previous: predicate?.previous.map(({ digest }) => digest.sha256) ?? [],
    endedAt: predicate?.endedAt ?? null,
  }
}

/**
 * Statements that no other names: what the next one has to name. Two, when two drills did not know of each other; the
 * next one then names both, so that neither can go missing later.
 */
export function latestOf(chain: readonly ChainLink[]): readonly ChainLink[] {
  const named = new Set(chain.flatMap(({ previous }) => previous))
  return chain.filter(({ digest }) => !named.has(digest))
}
