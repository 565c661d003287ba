import type { KeyObject } from "node:crypto"
import type { LedgerView } from "../../ledger/index.ts"
import { keyPlace, keysPlace } from "./places.ts"
import { keyIdOf, readPublicKey } from "./signing-key.ts"

/** Whom a verifier believes: a key by its id, or why there is none. */
export type KnownKeys = (keyId: string) => KeyObject | { readonly unknown: string; readonly file: string }

/** The public keys that lie in the ledger, each under its own id. */
export async function keysInLedger(view: LedgerView, environment: string): Promise<KnownKeys> {
  const files = await view.read(view.files(keysPlace(environment)))
  return keyId => {
    const file = keyPlace(environment, keyId)
    const content = files.get(file)
    if (content === undefined) return { file, unknown: `the ledger has no key ${keyId}` }
    const key = readPublicKey(content.toString("utf8"))
    if (key === undefined) return { file, unknown: "it holds no Ed25519 public key" }
    const found = keyIdOf(key)
    return found === keyId ? key : { file, unknown: `it holds the key ${found}, which is another` }
  }
}

/** Keys that an auditor has from elsewhere; those in the ledger do not count then. */
export function onlyTheseKeys(keys: readonly KeyObject[], environment: string): KnownKeys {
  const known = new Map(keys.map(key => [keyIdOf(key), key]))
  return keyId =>
    known.get(keyId) ?? {
      file: keyPlace(environment, keyId),
      unknown: `it was signed with ${keyId}, and given was ${[...known.keys()].join(", ")}`,
    }
}
