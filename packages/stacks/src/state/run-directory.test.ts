import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { partPaths, postgresSocketDirectory } from "../targets/local/layout.ts"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { makeRunDirectory, refuseForeignRun, runDirectory } from "./run-directory.ts"
import { environmentDirectories } from "./state-directory.ts"

const short = `/tmp/chatops-${process.getuid?.()}/`
/** PostgreSQL's user has to pass where root deploys. */
const mode = process.getuid?.() === 0 ? 0o711 : 0o700

function socketsBelow(state: string): string[] {
  const regions = ["a", "europe-west1", "region-of-21-letters1", "region-of-21-letters2"]
  const parts = [{ kind: "witness" } as const, ...regions.map(region => ({ kind: "region", region }) as const)]
  return parts.flatMap(part => {
    const { socket } = partPaths({ state, run: runDirectory(state) }, part)
    return [socket, join(postgresSocketDirectory(socket), ".s.PGSQL.65535")]
  })
}

it.each([
  ["/var/lib/chatops/quickstart-12345678/local", "/var/lib/chatops/quickstart-12345678/local/run/"],
  ["/home/ada/.local/state/chatops/my-bot-12345678/local", "/home/ada/.local/state/chatops/my-bot-12345678/local/run/"],
  [`/${"x".repeat(65)}`, `/${"x".repeat(65)}/run/`],
  [`/${"x".repeat(66)}`, short],
  [`/${"é".repeat(40)}`, short],
  [`/${"x".repeat(300)}`, short],
])("leaves room for every socket of %s, on Linux and on macOS", (state, expected) => {
  const sockets = socketsBelow(state)
  for (const socket of sockets) expect(socket.startsWith(expected)).toBe(true)
  expect(Math.max(...sockets.map(socket => Buffer.byteLength(socket)))).toBeLessThanOrEqual(103)
  expect(new Set(sockets).size).toBe(sockets.length)
})

describe("a short place", () => {
  /** One that is nobody else's, and gone when the test is. */
  function ownPlace(): string {
    const run = join(short, basename(scratchDirectory()))
    onTestFinished(() => rmSync(run, { recursive: true, force: true }))
    return run
  }

  it("is made for its own user only, and is there the next time", () => {
    const run = ownPlace()
    makeRunDirectory(run)
    makeRunDirectory(run)
    for (const path of [run, dirname(run)]) expect(statSync(path).mode & 0o777).toBe(mode)
  })

  it.each([
    ["is a symbolic link", (path: string) => symlinkSync(scratchDirectory(), path)],
    ["is no directory", (path: string) => writeFileSync(path, "")],
    ["can be written by others (mode 777)", (path: string) => mkdirSync(path) ?? chmodSync(path, 0o777)],
  ])("is refused when it %s, and left as it is", (why, make) => {
    const run = ownPlace()
    mkdirSync(dirname(run), { recursive: true, mode })
    make(run)
    const message = `${run}, where this environment's sockets belong, ${why}`
    for (const use of [makeRunDirectory, refuseForeignRun]) {
      expect(() => use(run)).toThrow(expect.objectContaining({ code: "NO_PERMISSION", message }))
    }
  })

  it.each([
    ["belongs to another user", (path: string) => mkdirSync(path)],
    ["is a symbolic link", (path: string) => symlinkSync("/nowhere", path)],
  ])("is refused to every command when what it lies in %s", (why, make) => {
    const stranger = 4_000_000 + process.pid
    vi.spyOn(process, "getuid").mockReturnValue(stranger)
    vi.stubEnv("CHATOPS_STATE", `/${"x".repeat(80)}`)
    const inTheWay = `/tmp/chatops-${stranger}`
    make(inTheWay)
    onTestFinished(() => {
      vi.restoreAllMocks()
      vi.unstubAllEnvs()
      rmSync(inTheWay, { recursive: true })
    })
    const message = expect.stringContaining(`${inTheWay}, where this environment's sockets belong, ${why}`)
    const refused = expect.objectContaining({ code: "NO_PERMISSION", message })
    expect(() => environmentDirectories("bot", "/", "local")).toThrow(refused)
    expect(() => makeRunDirectory(`${inTheWay}/0123456789`)).toThrow(refused)
  })
})
