import { readFileSync, realpathSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openLedger } from "../ledger/index.ts"
import { git, repository, temporaryDirectory, useGitConfig } from "../ledger/testing/repository.ts"
import { notBuilt, sayIfNotBuilt } from "../testing/built-command-line.ts"
import { runChatops } from "../testing/run-chatops.ts"
import { chatopsYaml } from "../testing/scratch-directory.ts"
import { signingKey } from "./evidence/index.ts"
import { presentRules } from "./present-rules.ts"
import { drillId, recordDrill } from "./testing/recorded-drills.ts"
import { place, tamper } from "./testing/tamper.ts"

sayIfNotBuilt("the commands about drills")

describe.skipIf(notBuilt)("the commands about drills", () => {
  beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  async function app() {
    const [directory, state] = [repository(), temporaryDirectory()]
    for (const number of [1, 2]) await recordDrill(openLedger(directory), state, { id: drillId(number) }, presentRules)
    return { directory, state, run: (...args: string[]) => runChatops(["drill", ...args], { cwd: directory }) }
  }

  it("verify what they recorded, report and all, and end with 6 when something was changed", async () => {
    const { directory, run } = await app()
    const good = await run("verify", "--json")
    expect([good.code, JSON.parse(good.stdout).passed, JSON.parse(good.stdout).drills.length]).toEqual([0, true, 2])
    expect((await run("verify", drillId(2))).stdout).toContain("rendered again, it is the same")

    tamper(directory, at => writeFileSync(at(place(1, "report.html")), "all went well"))
    const bad = await run("verify")
    expect(bad.code).toBe(6)
    expect(bad.stdout).toContain(`DRILL_FILE_ALTERED ${place(1, "report.html")}`)
    expect(bad.stdout).toContain("1 of 2 drills hold")
    expect((await run("verify", "op-nothing")).stderr).toContain("DRILL_UNKNOWN")
  })

  it("believe only the key that is named", async () => {
    const { directory, state, run } = await app()
    const verifyWith = async (pem: string) => {
      writeFileSync(join(directory, "key.pem"), pem)
      return (await run("verify", "--key", "key.pem")).code
    }
    expect(await verifyWith((await signingKey(state)).publicPem)).toBe(0)
    expect(await verifyWith((await signingKey(temporaryDirectory())).publicPem)).toBe(6)
    expect(await verifyWith("nonsense")).toBe(2)
  })

  it("refuse an environment that nobody knows, and to verify what is not there", async () => {
    const { directory, run } = await app()
    writeFileSync(join(directory, "chatops.yaml"), chatopsYaml("staging"))
    for (const command of ["list", "show", "verify"]) {
      const refused = await run(command, "--env", "stagign", "--json")
      expect([refused.code, JSON.parse(refused.stdout).error.code], command).toEqual([2, "ENVIRONMENT_UNKNOWN"])
      // What is gone from chatops.yaml keeps its drills.
      expect((await run(command, "--env", "prod")).code, command).toBe(0)
    }
    const history = (env: string) => runChatops(["history", "--env", env, "--json"], { cwd: directory })
    expect(JSON.parse((await history("stagign")).stdout).error.code).toBe("ENVIRONMENT_UNKNOWN")
    expect([(await history("prod")).code, (await history("staging")).code]).toEqual([0, 0])
    const nothing = await run("verify", "--env", "staging")
    expect([nothing.code, nothing.stderr]).toEqual([6, expect.stringContaining("DRILL_NONE")])
    expect((await run("list", "--env", "staging")).code).toBe(0)
    git(directory, "branch", "-D", "chatops/ledger")
    expect((await run("verify")).code).toBe(6)
  })

  it("list and show them, and hand out a report", async () => {
    const { directory, run } = await app()
    expect((await run("list")).stdout.split("\n")[0]).toContain(drillId(2))
    const shown = await run("show", drillId(2), "--report", "made/for/it/report.html")
    expect(shown.stdout).toContain("lose-primary-region of prod: passed")
    expect(shown.stdout).toMatch(/the run before, op-\S+: RTO .* \(now the same\), 0 lost \(now the same\)/)
    const path = join(realpathSync(directory), "made", "for", "it", "report.html")
    expect(shown.stdout).toContain(`report: ${path}`)
    expect(readFileSync(path, "utf8")).toContain(`Drill ${drillId(2)}`)
    const first = JSON.parse((await run("show", drillId(1), "--json")).stdout)
    expect([first.id, first.comparison]).toEqual([drillId(1), null])
    const refused = await run("show", "--report", "made", "--json")
    expect([refused.code, JSON.parse(refused.stdout).error]).toEqual([
      2,
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining("EISDIR") }),
    ])
  })
})
