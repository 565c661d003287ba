/** What is wrong with a secret for signing, without its value; undefined: nothing. Of 24 to 64 bytes, by the specification. */
export function secretProblem(value: string): string | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value.trim()) ?? []
  const expected = "expected `whsec_` and 24 to 64 random bytes in base64"
  if (base64 === undefined || base64.length % 4 !== 0) return expected
  const { length } = Buffer.from(base64, "base64")
  return length < 24 || length > 64 ? `${expected}, got ${length}` : undefined
}
