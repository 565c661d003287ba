import { type KeyObject, sign, verify } from "node:crypto"
import { dsse } from "@sigstore/core"
import * as z from "zod"
import { canonicalJSON } from "./canonical-json.ts"
import type { SigningKey } from "./signing-key.ts"

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse), version 1, with one Ed25519 signature. */
const Envelope = z.strictObject({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.base64() })]),
})
export type Envelope = z.infer<typeof Envelope>

export function seal(payloadType: string, payload: Buffer, { privateKey, keyId }: SigningKey): Buffer {
  const sig = sign(null, dsse.preAuthEncoding(payloadType, payload), privateKey)
  return write({
    payload: payload.toString("base64"),
    payloadType,
    signatures: [{ keyid: keyId, sig: sig.toString("base64") }],
  })
}

/** Nothing when these are not, byte for byte, what `seal` writes: no byte of it may change unseen. */
export function readEnvelope(content: Buffer): Envelope | undefined {
  try {
    const envelope = Envelope.parse(JSON.parse(content.toString("utf8")))
    return write(envelope).equals(content) && isExact(envelope) ? envelope : undefined
  } catch {
    return undefined
  }
}

export const payloadOf = ({ payload }: Envelope): Buffer => Buffer.from(payload, "base64")

/** The key has to be the one that the envelope names: its name alone proves nothing. */
export function isSignedBy(envelope: Envelope, key: KeyObject): boolean {
  const sig = Buffer.from(envelope.signatures[0].sig, "base64")
  return verify(null, dsse.preAuthEncoding(envelope.payloadType, payloadOf(envelope)), key, sig)
}

const write = (envelope: Envelope): Buffer => Buffer.from(canonicalJSON(envelope))

/** Base64 has bits that nobody reads. */
const isExact = ({ payload, signatures }: Envelope): boolean =>
  [payload, signatures[0].sig].every(text => Buffer.from(text, "base64").toString("base64") === text)
