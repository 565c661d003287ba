import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import net from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { chatops, startChatops } from "./support/chatops.ts"
import { endAll, killAll, processesNaming } from "./support/processes.ts"
import { killedAtLine, sawLine } from "./support/seen-line.ts"
import type { DeployDocument, StatusDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

const isRoot = process.getuid?.() === 0
const onlyRoot = { meta: { skipReason: "only root runs PostgreSQL as another user" } }
const nobody = { uid: 65_534, gid: 65_534 }

interface ErrorAnswer {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly details: Record<string, unknown>
  }
}

let app: TestApp
beforeEach(async () => {
  app = await makeApp()
})
afterEach(() => app?.remove())

describe("a chatops.yaml that is wrong", () => {
  it.each([
    ["is no YAML", (text: string) => text.replace("regions: { east", "regions: { east: {"), "CONFIG_SYNTAX"],
    ["names an unknown target", (text: string) => text.replace("target: local", "target: locl"), "CONFIG_INVALID"],
    [
      "has a primary that is no region",
      (text: string) => text.replace("primary: east", "primary: eest"),
      "CONFIG_INVALID",
    ],
    ["has a region without a name", (text: string) => text.replace("east: {}", '"": {}'), "CONFIG_INVALID"],
    [
      "asks for what is not built",
      (text: string) =>
        text.replace("durability: zero-loss", "durability: zero-loss\n    image: registry.example.com/bot"),
      "CONFIG_INVALID",
    ],
  ])("and %s is refused with its line before anything is touched", async (_what, change, code) => {
    app.edit(change)
    const { code: exit, stdout } = await app.run("deploy", "--yes", "--json")
    const { error } = JSON.parse(stdout) as ErrorAnswer
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/chatops\.yaml:\d+/)
    expect(exit).toBe(2)
    expect(existsSync(app.state)).toBe(false)
  })
})

describe("a port that is taken", () => {
  it("is named when the user chose it, and the deploy goes on once it is free", async () => {
    const server = net.createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as net.AddressInfo
    app.edit(text => text.replace("runtime: { replicas: 2 }", `runtime: { replicas: 1 }\n    entry: { port: ${port} }`))
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(`${error.code} ${error.details["code"]}`).toMatch(/PORT_TAKEN/)
    expect(error.message).toContain(String(port))
    server.close()
    await once(server, "close")
    expect(await app.json<DeployDocument>("deploy", "--yes")).toMatchObject({
      outcome: "succeeded",
      entry: { url: `http://127.0.0.1:${port}` },
    })

    const stranger = net.createServer().listen(0, "127.0.0.1")
    await once(stranger, "listening")
    const { port: taken } = stranger.address() as net.AddressInfo
    app.edit(text => text.replace(`port: ${port}`, `port: ${taken}`))
    const refused = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(refused.error).toMatchObject({ code: "PORT_TAKEN", details: { port: taken } })
    expect(await app.json<StatusDocument>("status")).toMatchObject({
      healthy: true,
      entry: { url: `http://127.0.0.1:${port}` },
    })
    stranger.close()
  })
})

describe("a first deploy that is interrupted", () => {
  it("by Ctrl-C says how to go on, and resume finishes it", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    const child = startChatops(["deploy", "--yes"], app.surroundings)
    await sawLine(child, /creating the database/)
    child.kill("SIGINT")
    const [[code], said] = await Promise.all([once(child, "close"), text(child.stderr!)])
    expect(code).toBe(130)
    expect(said).toMatch(/chatops\S* resume/)
    expect((await app.json<StatusDocument>("status")).operation).toMatchObject({ kind: "deploy", step: "regions" })
    const resumed = await app.run("resume", "--yes")
    expect(resumed.code).toBe(0)
    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
  })

  it("by kill -9 at a random moment is put right by the next deploy, every time", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    const ends: string[] = []
    for (const line of [/✔ plan/, /✔ confirm/, /asking the witness/, /starting PostgreSQL/]) {
      // A supervisor that went on by itself may be past that line already; then the deploy simply ends.
      ends.push(await killedAtLine(["deploy", "--yes"], line, app.surroundings))
    }
    expect(ends.slice(0, 2)).toEqual(["killed", "killed"])
    for (const end of ends) expect(end).toMatch(/^killed$|^ended with 0:/)
    const outcome = expect.stringMatching(/^(succeeded|unchanged)$/)
    expect(await app.json("deploy", "--yes")).toMatchObject({ outcome })
    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
    const agents = processesNaming(app.state).filter(({ commandLine }) => commandLine.includes("agent.js"))
    expect(agents).toHaveLength(4)
  })

  it("by the machine's end at any moment is put right by the next deploy", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    for (const line of [/creating the database/, /waiting for east to copy/, /starting PostgreSQL as a standby/]) {
      expect([line, await killedAtLine(["deploy", "--yes"], line, app.surroundings)]).toEqual([line, "killed"])
      await endEverything()
    }
    expect(await app.json("deploy", "--yes")).toMatchObject({ outcome: "succeeded" })
    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
    // Four deploys, beside other files.
  }, 300_000)
})

it("a directory that is no repository is refused before anything is made", async () => {
  rmSync(join(app.directory, ".git"), { recursive: true })
  const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
  expect(error.code).toBe("LEDGER_NO_REPOSITORY")
  expect(processesNaming(app.state)).toEqual([])
})

describe("a state directory that is not as it should be", () => {
  it("holding another version's database is left as it is, and the region says so", async () => {
    app.edit(text =>
      text
        .replace("replicas: 2", "replicas: 1")
        .replace(", west: {}", "")
        .replace("durability: zero-loss", "durability: async"),
    )
    await app.json<DeployDocument>("deploy", "--yes")
    const postmaster = processesNaming(app.state).filter(({ commandLine }) => /agent\.js|postgres -D/.test(commandLine))
    for (const { pid } of postmaster) process.kill(pid, "SIGKILL")
    const version = execFileSync(
      "find",
      [app.state, "-name", "PG_VERSION", "-path", "*database/i*", "-maxdepth", "9"],
      { encoding: "utf8" },
    )
      .split("\n")
      .find(file => !file.includes("/base/") && file !== "")
    writeFileSync(version ?? "", "15\n")
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(`${error.code} ${error.details["code"]}`).toContain("DATABASE_VERSION")
    writeFileSync(version ?? "", "18\n")
    expect(await app.json<DeployDocument>("deploy", "--yes")).toMatchObject({ entry: { url: expect.any(String) } })
  })

  it("that cannot be written is a coded error", async () => {
    // Root may write everywhere.
    const other = isRoot ? await makeApp({ user: nobody }) : app
    mkdirSync(other.state, { recursive: true })
    chmodSync(other.state, 0o500)
    const { error } = await other.json<ErrorAnswer>("deploy", "--yes")
    expect(error.code).toBe("NO_PERMISSION")
    chmodSync(other.state, 0o700)
    if (other !== app) await other.remove()
  })

  it.skipIf(!isRoot)("that PostgreSQL's user cannot reach is told so, and told at once", onlyRoot, async () => {
    const closed = join(app.directory, "..", "closed")
    mkdirSync(closed, { mode: 0o700 })
    const env = { ...app.surroundings.env, CHATOPS_STATE: join(closed, "state") }
    const surroundings = { ...app.surroundings, env }
    const { stdout } = await chatops(["deploy", "--yes", "--json"], surroundings)
    const { error } = JSON.parse(stdout) as ErrorAnswer
    expect(error).toMatchObject({ code: "OPERATION_PAUSED", details: { code: "NO_PERMISSION" } })
    expect(error.message).toMatch(/closed to others/)
    chmodSync(closed, 0o755)
    expect((await chatops(["resume", "--yes"], surroundings)).code).toBe(0)
    await chatops(["destroy", "--yes"], surroundings)
  })
})

describe.skipIf(!isRoot)("a disk that is full", { meta: { skipReason: "only root can mount a small disk" } }, () => {
  const mounted: string[] = []
  afterEach(async () => {
    await endAll(app.home)
    for (const directory of mounted.splice(0)) execFileSync("/bin/umount", ["-l", directory])
  })
  /** Everything in the directory moves to a disk of this size. */
  const mountSmall = (directory: string, size: string) => {
    const kept = `${directory}.kept`
    mkdirSync(directory, { recursive: true })
    cpSync(directory, kept, { recursive: true })
    execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${size},mode=711`, "tmpfs", directory])
    mounted.push(directory)
    cpSync(kept, directory, { recursive: true })
    return { resize: (wanted: string) => execFileSync("/bin/mount", ["-o", `remount,size=${wanted}`, directory]) }
  }

  it("under an environment's data stops the deploy, which goes on when there is room", async () => {
    app.edit(content => content.replace("replicas: 2", "replicas: 1"))
    const disk = mountSmall(app.state, "30m")
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(error).toMatchObject({ code: "OPERATION_PAUSED", details: { code: "DISK_FULL" } })
    disk.resize("600m")
    expect((await app.run("resume", "--yes")).code).toBe(0)
    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
  })

  it("under the repository keeps the operation open until its record is written, once", async () => {
    app.edit(content => content.replace("replicas: 2", "replicas: 1"))
    const repository = join(app.directory, ".git")
    const disk = mountSmall(repository, "600k")
    const filler = join(repository, "filler")
    expect(() => writeFileSync(filler, Buffer.alloc(1_024 * 1_024))).toThrow("ENOSPC")
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(error).toMatchObject({ code: "OPERATION_PAUSED", details: { step: "record" } })
    disk.resize("10m")
    expect((await app.run("resume", "--yes")).code).toBe(0)
    expect(await app.json<unknown[]>("history")).toHaveLength(1)
  })
})

describe("a machine without the Pulumi CLI and without a way to get it", () => {
  it("is told what was tried", async () => {
    const empty = join(app.directory, "..", "empty-cache")
    // Only git, which the app itself needs; and a proxy at which nobody listens.
    const programs = join(app.directory, "..", "programs")
    mkdirSync(programs)
    symlinkSync(execFileSync("which", ["git"], { encoding: "utf8" }).trim(), join(programs, "git"))
    const proxy = "http://127.0.0.1:9"
    const env = { CHATOPS_CACHE: empty, PATH: programs, HTTPS_PROXY: proxy, https_proxy: proxy }
    const { code, stdout } = await chatops(["deploy", "--yes", "--json"], {
      ...app.surroundings,
      env: { ...app.surroundings.env, ...env },
    })
    const { error } = JSON.parse(stdout) as ErrorAnswer
    expect(error.code).toBe("PULUMI_MISSING")
    expect(error.message).toMatch(/PATH.*cache.*official install.*Go build/)
    expect(code).toBe(3)
  })
})

/** As if the machine lost power: everything of the app at once. Resolves when it is gone. */
async function endEverything(): Promise<void> {
  const alive = () => processesNaming(app.state)
  const gone = async () => {
    killAll(alive().map(({ pid }) => pid))
    return alive().length === 0
  }
  while (!(await gone())) await delay(20)
}
