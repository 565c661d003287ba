import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import net from "node:net"
import { hostname } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { chatops, startChatops } from "./support/chatops.ts"
import { killAll, processesNaming } from "./support/processes.ts"
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

const git = (...args: string[]) => execFileSync("git", args, { cwd: app.directory, encoding: "utf8" })

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
    expect(said).toMatch(/chatops resume/)
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
      ends.push(await killAt(line, "deploy"))
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
      expect([line, await killAt(line, "deploy")]).toEqual([line, "killed"])
      await endEverything()
    }
    expect(await app.json("deploy", "--yes")).toMatchObject({ outcome: "succeeded" })
    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
  })
})

describe("an operation that is killed", () => {
  it("between any two steps of a deploy is finished by resume, and recorded once", { timeout: 300_000 }, async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    await app.json<DeployDocument>("deploy", "--yes")
    let [replicas, recorded] = [1, 1]
    for (const step of ["confirm", "base", "regions", "entry", "retire", "verify", "record"]) {
      const next = 3 - replicas
      app.edit(text => text.replace(`replicas: ${replicas}`, `replicas: ${next}`))
      replicas = next
      const child = startChatops(["deploy", "--yes"], app.surroundings)
      const closed = once(child, "close")
      await sawLine(child, new RegExp(`✔ ${step}`))
      child.kill("SIGKILL")
      await closed
      // Nothing is left of one that had changed nothing yet, nor of one that was over.
      const { operation } = await app.json<StatusDocument>("status")
      const finished = await app.run(operation ? "resume" : "deploy", "--yes")
      expect([step, finished.code, finished.stderr]).toEqual([step, 0, ""])
      const { healthy, regions } = await app.json<StatusDocument>("status")
      expect([step, healthy, regions[0]?.replicas.length]).toEqual([step, true, replicas])
      const history = await app.json<{ record: { id: string } }[]>("history")
      const ids = history.map(({ record }) => record.id)
      expect([step, ids.length, new Set(ids).size]).toEqual([step, ++recorded, recorded])
    }
  })

  it("in the middle of a destroy is finished by the next one, and nothing is left", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    await app.json<DeployDocument>("deploy", "--yes")
    for (const step of ["confirm", "stacks", "record"]) {
      const killed = await killAt(new RegExp(`✔ ${step}`), "destroy")
      // What follows the record takes a moment only.
      if (step !== "record") expect([step, killed]).toEqual([step, "killed"])
    }
    expect((await app.run("destroy", "--yes")).code).toBe(0)
    expect(processesNaming(app.state)).toEqual([])
    expect(readdirSync(app.state).filter(entry => entry.startsWith("quickstart"))).toEqual([])
  })
})

describe("two operations at once", () => {
  it("the second is refused and told who is first", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    const first = startChatops(["deploy", "--yes"], app.surroundings)
    await sawLine(first, /✔ validate/)
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(error).toMatchObject({ code: "OPERATION_RUNNING", details: { operation: "deploy", pid: first.pid } })
    const [code] = await once(first, "close")
    expect(code).toBe(0)
  })
})

describe("a repository in an unusual state", () => {
  it("without identity, detached, dirty, with a remote that moved: the deploy succeeds and the ledger is complete", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    const remote = join(app.directory, "..", "remote.git")
    execFileSync("git", ["init", "--bare", "-q", remote])
    git("remote", "add", "origin", remote)
    git("checkout", "-q", "--detach")
    writeFileSync(join(app.directory, "notes.txt"), "not committed")
    const first = await app.json<DeployDocument>("deploy", "--yes")
    // Somebody else's entry reaches the remote first.
    const tip = git("rev-parse", "refs/heads/chatops/ledger").trim()
    const tree = git("rev-parse", `${tip}^{tree}`).trim()
    const theirs = execFileSync(
      "git",
      ["-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", tree, "-p", tip, "-m", "moved"],
      { cwd: app.directory, encoding: "utf8" },
    ).trim()
    git("push", "-q", "-f", "origin", `${theirs}:refs/heads/chatops/ledger`)
    app.edit(text => text.replace("replicas: 1", "replicas: 2"))
    const second = await app.json<DeployDocument>("deploy", "--yes")
    const remoteLog = execFileSync("git", ["--git-dir", remote, "log", "--format=%B", "chatops/ledger"], {
      encoding: "utf8",
    })
    for (const { operation } of [first, second]) expect(remoteLog).toContain(operation)
    expect(remoteLog).toContain("moved")
    expect(git("status", "--porcelain").trim()).toMatch(/notes\.txt/)
  })

  it("that is no repository is refused before anything is made", async () => {
    rmSync(join(app.directory, ".git"), { recursive: true })
    const { error } = await app.json<ErrorAnswer>("deploy", "--yes")
    expect(error.code).toBe("LEDGER_NO_REPOSITORY")
    expect(processesNaming(app.state)).toEqual([])
  })
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

  it("locked by a dead engine is unlocked", async () => {
    app.edit(text => text.replace("replicas: 2", "replicas: 1"))
    await app.json<DeployDocument>("deploy", "--yes")
    const [environment] = execFileSync("find", [app.state, "-type", "d", "-path", "*/pulumi/state/.pulumi"], {
      encoding: "utf8",
    })
      .trim()
      .split("\n")
    const locks = join(environment ?? "", "locks", "organization", "quickstart", "base")
    const lockedBy = (pid: number | undefined) => {
      mkdirSync(locks, { recursive: true })
      const lock = { pid, username: "x", hostname: hostname(), timestamp: new Date().toISOString() }
      writeFileSync(join(locks, "0.json"), JSON.stringify(lock))
    }
    const endWitness = () => {
      const [agent] = processesNaming(app.state).filter(({ commandLine }) => commandLine.endsWith("/witness"))
      process.kill(agent?.pid ?? 0, "SIGKILL")
    }
    const repaired = { outcome: "succeeded", changes: [{ stack: "base", operation: "update" }] }

    const dead = spawn("true")
    await once(dead, "close")
    lockedBy(dead.pid)
    endWitness()
    expect(await app.json<DeployDocument>("deploy", "--yes")).toMatchObject(repaired)
    expect(existsSync(join(locks, "0.json"))).toBe(false)

    // The engine of a deploy that was killed a moment ago.
    symlinkSync("/bin/sleep", join(app.directory, "..", "pulumi"))
    const dying = spawn(join(app.directory, "..", "pulumi"), ["600"])
    lockedBy(dying.pid)
    endWitness()
    const waiting = startChatops(["deploy", "--yes"], app.surroundings)
    const closed = once(waiting, "close")
    await sawLine(waiting, /waiting for the engine/)
    dying.kill("SIGKILL")
    expect((await closed)[0]).toBe(0)
  })
})

describe.skipIf(!isRoot)("a disk that is full", { meta: { skipReason: "only root can mount a small disk" } }, () => {
  const mounted: string[] = []
  afterEach(async () => {
    await app.run("destroy", "--yes")
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

/** Kills the command when it shows the line. False when it ended before it was killed. */
async function killAt(line: RegExp, command: "deploy" | "destroy"): Promise<string> {
  const child = startChatops([command, "--yes"], app.surroundings)
  const closed = once(child, "close")
  const output = await sawLine(child, line).then(
    () => "",
    (ended: Error) => ended.message,
  )
  child.kill("SIGKILL")
  await closed
  return child.signalCode === "SIGKILL" ? "killed" : `ended with ${child.exitCode}: ${output}`
}

/** As if the machine lost power: everything of the app at once. Resolves when it is gone. */
async function endEverything(): Promise<void> {
  const alive = () => processesNaming(app.state)
  const gone = async () => {
    killAll(alive().map(({ pid }) => pid))
    return alive().length === 0
  }
  while (!(await gone())) await delay(20)
}

/** Resolves at the first line that matches; rejects when the command ends without one. */
function sawLine(child: ReturnType<typeof startChatops>, pattern: RegExp): Promise<void> {
  let output = ""
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      output += chunk
      if (pattern.test(output)) resolve()
    }
    child.stdout?.on("data", look)
    child.stderr?.on("data", look)
    child.once("close", () => reject(new Error(`ended without a line like ${pattern}:\n${output}`)))
  })
}
