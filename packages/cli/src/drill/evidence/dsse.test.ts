import { generateKeyPairSync, verify } from "node:crypto"
import fc from "fast-check"
import { expect, it } from "vitest"
import { isSignedBy, payloadOf, readEnvelope, seal } from "./dsse.ts"
import { keyIdOf } from "./signing-key.ts"

const makeKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  return { privateKey, publicKey, keyId: keyIdOf(publicKey), publicPem: "" }
}
const key = makeKey()

it("signs the bytes that the specification names, for any verifier", () => {
  // The example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
  const sealed = seal("http://example.com/HelloWorld", Buffer.from("hello world"), key)
  const { payload, payloadType, signatures } = JSON.parse(sealed.toString())
  expect([payload, payloadType]).toEqual(["aGVsbG8gd29ybGQ=", "http://example.com/HelloWorld"])
  const signed = Buffer.from("DSSEv1 29 http://example.com/HelloWorld 11 hello world")
  expect(verify(null, signed, key.publicKey, Buffer.from(signatures[0].sig, "base64"))).toBe(true)
  expect(signatures[0].keyid).toBe(key.keyId)
})

it("opens what it sealed, with the key that sealed it and no other", () => {
  const other = makeKey()
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (type, bytes) => {
      const envelope = readEnvelope(seal(type, Buffer.from(bytes), key))
      if (envelope === undefined) throw new Error("it cannot be read")
      expect(payloadOf(envelope)).toEqual(Buffer.from(bytes))
      expect([isSignedBy(envelope, key.publicKey), isSignedBy(envelope, other.publicKey)]).toEqual([true, false])
    }),
    { numRuns: 50 },
  )
})

it("lets no byte change unseen", () => {
  const sealed = seal("text/plain", Buffer.from("a statement, of some length"), key)
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const altered = Buffer.from(sealed)
      altered[at] = (altered[at] ?? 0) ^ mask
      const envelope = readEnvelope(altered)
      const believed = envelope && envelope.signatures[0].keyid === key.keyId && isSignedBy(envelope, key.publicKey)
      expect(believed ?? false).toBe(false)
    }),
    { numRuns: 2_000 },
  )
})

it.each(["", "{}", "null", "[]", `{"payload":"","payloadType":"x","signatures":[]}`])(
  "takes %j for no envelope",
  text => {
    expect(readEnvelope(Buffer.from(text))).toBeUndefined()
  },
)
