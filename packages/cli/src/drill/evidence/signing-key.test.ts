import { execFile } from "node:child_process"
import { statSync } from "node:fs"
import { promisify } from "node:util"
import { SecretStore } from "@chatops/stacks/secrets"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { keyIdOf, readPublicKey, signingKey, signingKeySecret } from "./signing-key.ts"

it("is made once, however many processes ask for it at once, and only its user can read it", async () => {
  const state = scratchDirectory()
  const program = `import { signingKey } from ${JSON.stringify(new URL("./signing-key.ts", import.meta.url).href)}
    console.log((await signingKey(${JSON.stringify(state)})).keyId)`
  const ask = async () => {
    const args = ["--conditions=chatops-source", "--input-type=module", "--eval", program]
    return (await promisify(execFile)(process.execPath, args)).stdout.trim()
  }
  const ids = await Promise.all([ask(), ask(), ask(), ask()])
  const key = await signingKey(state)
  expect(ids).toEqual([key.keyId, key.keyId, key.keyId, key.keyId])
  expect(statSync(new SecretStore(state).file(signingKeySecret)).mode & 0o777).toBe(0o600)
})

it("tells a public key that has its id", async () => {
  const { publicPem, keyId } = await signingKey(scratchDirectory())
  const key = readPublicKey(publicPem)
  expect(key && keyIdOf(key)).toBe(keyId)
  expect(publicPem).not.toContain("PRIVATE")
})

it("is another one after the secret was removed", async () => {
  const state = scratchDirectory()
  const { keyId } = await signingKey(state)
  await new SecretStore(state).remove(signingKeySecret)
  expect((await signingKey(state)).keyId).not.toBe(keyId)
})

it("is refused when somebody has set something else, without a word of it", async () => {
  const state = scratchDirectory()
  await new SecretStore(state).set(signingKeySecret, "hunter2")
  const error = await signingKey(state).catch(error => error)
  expect(error).toMatchObject({ code: "SECRET_INVALID", hint: expect.stringContaining("secret remove") })
  expect(error.cause).toBeUndefined()
  expect(error.message).not.toContain("hunter2")
})

it("takes no private key for a public one", () => {
  expect(readPublicKey("-----BEGIN PRIVATE KEY-----")).toBeUndefined()
  expect(readPublicKey("nonsense")).toBeUndefined()
})
