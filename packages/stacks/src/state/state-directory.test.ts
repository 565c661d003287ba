import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { environmentDirectories } from "./state-directory.ts"

const longestSocket = "/r-twenty-one-characters.pg/.s.PGSQL.65535"

beforeEach(() => {
  vi.spyOn(process, "getuid").mockReturnValue(1_000)
  onTestFinished(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
})

it("keeps two checkouts, two environments and two names of one app apart, in state and in sockets", () => {
  const [one, two] = [scratchDirectory(), scratchDirectory()]
  const places = [
    environmentDirectories("bot", one, "local"),
    environmentDirectories("bot", two, "local"),
    environmentDirectories("bot", one, "staging"),
    environmentDirectories("renamed", one, "local"),
  ]
  expect(new Set(places.map(({ state }) => state)).size).toBe(places.length)
  expect(new Set(places.map(({ run }) => run)).size).toBe(places.length)
})

it("is the same through a link to the app's directory", () => {
  const directory = scratchDirectory()
  mkdirSync(join(directory, "app"))
  symlinkSync(join(directory, "app"), join(directory, "link"))
  expect(environmentDirectories("bot", join(directory, "link"), "local")).toEqual(
    environmentDirectories("bot", join(directory, "app"), "local"),
  )
})

it.each([
  ["the usual one", "/run/user/1000", "/run/user/1000/chatops/"],
  ["one that is too long", `/home/${"x".repeat(60)}/run`, "/tmp/chatops-1000/"],
  ["none", "", "/tmp/chatops-1000/"],
])("leaves room for every socket's name with a runtime directory that is %s", (_name, runtime, expected) => {
  vi.stubEnv("XDG_RUNTIME_DIR", runtime)
  vi.stubEnv("TMPDIR", "/tmp")
  const { run } = environmentDirectories("bot", scratchDirectory(), "local")
  expect(run.startsWith(expected)).toBe(true)
  expect(Buffer.byteLength(run + longestSocket)).toBeLessThanOrEqual(107)
})

it("does without a temporary directory that is too long", () => {
  vi.stubEnv("XDG_RUNTIME_DIR", "")
  vi.stubEnv("TMPDIR", `/var/${"x".repeat(80)}`)
  expect(environmentDirectories("bot", "/", "local").run).toMatch(/^\/tmp\/chatops-1000\//)
})
