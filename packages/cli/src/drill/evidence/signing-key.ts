import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { ChatopsError } from "@chatops/stacks/errors"
import { SecretStore } from "@chatops/stacks/secrets"
import { sha256 } from "./sha256.ts"

/** Name of the environment's secret that holds the key, as PKCS8 in PEM. */
export const signingKeySecret = "drill-signing-key"

export interface SigningKey {
  readonly privateKey: KeyObject
  /** SHA-256 of the public key's SPKI, in hexadecimal digits. */
  readonly keyId: string
  /** SPKI in PEM. */
  readonly publicPem: string
}

/**
 * The Ed25519 key that signs the drills of one environment on this machine; made when it is first asked for. Removing the
 * secret makes the next drill sign with a new one; the earlier public keys stay in the ledger.
 * @throws {ChatopsError} SECRET_INVALID when somebody has set something else under its name
 */
export async function signingKey(stateDirectory: string): Promise<SigningKey> {
  const { privateKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  })
  return readPrivateKey(await new SecretStore(stateDirectory).setOnce(signingKeySecret, privateKey))
}

export const keyIdOf = (key: KeyObject): string => sha256(key.export({ type: "spki", format: "der" }))

/** Nothing when it is no Ed25519 public key in PEM. A private one is refused too: it must not lie about. */
export function readPublicKey(pem: string): KeyObject | undefined {
  try {
    const key = pem.includes("PRIVATE") ? undefined : createPublicKey(pem)
    return key?.asymmetricKeyType === "ed25519" ? key : undefined
  } catch {
    return undefined
  }
}

function readPrivateKey(pem: string): SigningKey {
  try {
    const privateKey = createPrivateKey(pem)
    if (privateKey.asymmetricKeyType !== "ed25519")
      throw new TypeError(`it is a key for ${privateKey.asymmetricKeyType}`)
    const publicKey = createPublicKey(privateKey)
    return {
      privateKey,
      keyId: keyIdOf(publicKey),
      publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    }
  } catch {
    // Without the cause, which may quote the secret.
    throw new ChatopsError("SECRET_INVALID", `\`${signingKeySecret}\` is no Ed25519 private key in PEM`, {
      hint: `Remove it with \`chatops secret remove ${signingKeySecret}\`: the next drill makes a new one.`,
    })
  }
}
