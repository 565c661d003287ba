import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { environmentDirectories } from "./state-directory.ts"

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

it("is the same whatever login it is asked from", () => {
  const directory = scratchDirectory()
  vi.stubEnv("HOME", "/home/ada")
  const plain = environmentDirectories("bot", directory, "local")
  vi.stubEnv("XDG_RUNTIME_DIR", "/run/user/1000")
  vi.stubEnv("TMPDIR", "/var/tmp")
  expect(environmentDirectories("bot", directory, "local")).toEqual(plain)
  expect(plain.run).toBe(join(plain.state, "run"))
})
