import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { SecretStore } from "./secret-store.ts"

it("keeps a value that only its own user can read, and lists its name", async () => {
  const state = scratchDirectory()
  const store = new SecretStore(state)
  await store.set("openai", "sk-1")
  const file = store.file("openai")
  expect(readFileSync(file, "utf8")).toBe("sk-1")
  expect(statSync(file).mode & 0o777).toBe(0o600)
  for (const directory of [join(state, "secrets"), dirname(file)]) expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(await store.list()).toEqual([{ name: "openai", setAt: expect.stringMatching(/^\d{4}-.*Z$/) }])
})

it("has another version after every set, also of the same value", async () => {
  const store = new SecretStore(scratchDirectory())
  expect(await store.version("openai")).toBeUndefined()
  await store.set("openai", "sk-1")
  const first = await store.version("openai")
  await store.set("openai", "sk-1")
  expect(await store.version("openai")).not.toBe(first)
  expect(first).not.toContain("sk-1")
})

it("holds one whole value however many set it at once", async () => {
  const store = new SecretStore(scratchDirectory())
  const values = Array.from({ length: 20 }, (_, index) => `value-${index}-`.repeat(1_000))
  await Promise.all(values.map(value => store.set("openai", value)))
  expect(values).toContain(readFileSync(store.file("openai"), "utf8"))
  expect(await store.version("openai")).toBeDefined()
})

it("gives the same value to all who set it once at the same time, and keeps it", async () => {
  const state = scratchDirectory()
  const values = Array.from({ length: 20 }, (_, index) => `value-${index}-`.repeat(1_000))
  const given = await Promise.all(values.map(value => new SecretStore(state).setOnce("key", value)))
  expect(values).toContain(given[0])
  expect(new Set(given).size).toBe(1)
  const store = new SecretStore(state)
  expect(await store.setOnce("key", "later")).toBe(given[0])
  expect(statSync(store.file("key")).mode & 0o777).toBe(0o600)
  expect(readdirSync(dirname(store.file("key"))).sort()).toEqual(["value", "version"])
  await store.remove("key")
  expect(await store.setOnce("key", "later")).toBe("later")
})

it("takes the value that somebody set once and died over", async () => {
  const store = new SecretStore(scratchDirectory())
  mkdirSync(dirname(store.file("key")), { recursive: true })
  writeFileSync(store.file("key"), "theirs")
  expect(await store.setOnce("key", "ours")).toBe("theirs")
  expect(await store.list()).toHaveLength(1)
})

it("forgets a removed secret, and says whether there was one", async () => {
  const store = new SecretStore(scratchDirectory())
  await store.set("openai", "sk-1")
  expect(await store.remove("openai")).toBe(true)
  expect(await store.remove("openai")).toBe(false)
  expect(await store.list()).toEqual([])
})

it("does not count a secret whose setting was interrupted, and removes what is left of it", async () => {
  const store = new SecretStore(scratchDirectory())
  mkdirSync(dirname(store.file("half")), { recursive: true })
  writeFileSync(store.file("half"), "sk-1")
  mkdirSync(dirname(store.file("empty")), { recursive: true })
  expect(await store.list()).toEqual([])
  expect(await store.remove("half")).toBe(false)
  expect(() => statSync(store.file("half"))).toThrow("ENOENT")
})

it.each(["../regions/east", "..", ".", "", "a/b", "A", "-a", `a${"b".repeat(63)}`])(
  "takes %j for no name, and touches nothing",
  async name => {
    const state = scratchDirectory()
    mkdirSync(join(state, "regions", "east"), { recursive: true })
    const secrets = new SecretStore(state)
    await secrets.set("kept", "value")
    for (const call of [() => secrets.set(name, "x"), () => secrets.remove(name), () => secrets.version(name)]) {
      await expect(call()).rejects.toMatchObject({ code: "SECRET_INVALID" })
    }
    expect(existsSync(join(state, "regions", "east"))).toBe(true)
    expect((await secrets.list()).map(({ name }) => name)).toEqual(["kept"])
  },
)
