import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import OpenAI from "openai"
import { expect, it, onTestFinished } from "vitest"
import { processesNaming } from "./support/processes.ts"
import type { DeployDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

const oneReplica = (text: string) => text.replace("replicas: 2", "replicas: 1")

async function ask(app: TestApp, deployed: DeployDocument, input: string): Promise<OpenAI> {
  const { key } = await app.json<{ key: string }>("keys", "create")
  const client = new OpenAI({ baseURL: `${deployed.entry.url}/v1`, apiKey: key, maxRetries: 0 })
  expect((await client.responses.create({ model: "gpt-5-mini", input })).status).toBe("completed")
  return client
}

it("two checkouts of one app and two environments run side by side, deployed at the same time", async () => {
  const state = mkdtempSync(join(tmpdir(), "chatops-e2e-shared-"))
  const [first, second] = await Promise.all([makeApp({ state }), makeApp({ state })])
  onTestFinished(async () => {
    await first.run("destroy", "--yes", "--env", "other")
    await Promise.all([first.remove(), second.remove()])
    rmSync(state, { recursive: true, force: true })
  })
  for (const app of [first, second]) app.edit(oneReplica)
  first.edit(
    text =>
      `${text}  other:\n    target: local\n    regions: { north: {} }\n    durability: async\n    runtime: { replicas: 1 }\n`,
  )

  const [a, b] = await Promise.all([
    first.json<DeployDocument>("deploy", "--yes"),
    second.json<DeployDocument>("deploy", "--yes"),
  ])
  const c = await first.json<DeployDocument>("deploy", "--yes", "--env", "other")
  expect([a, b, c].map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded"])
  expect(new Set([a, b, c].map(({ entry }) => entry.url)).size).toBe(3)

  const client = await ask(first, a, "one")
  await ask(second, b, "two")
  // A key of one app is worth nothing in another.
  const elsewhere = new OpenAI({ baseURL: `${b.entry.url}/v1`, apiKey: client.apiKey, maxRetries: 0 })
  await expect(elsewhere.models.list()).rejects.toMatchObject({ status: 401 })

  await second.run("destroy", "--yes")
  expect((await client.responses.create({ model: "gpt-5-mini", input: "still here" })).status).toBe("completed")
})

const isRoot = process.getuid?.() === 0

const needsRoot = { meta: { skipReason: "only root can become another user" } }

it.skipIf(!isRoot)("an ordinary user deploys, talks and destroys without being root", needsRoot, async () => {
  const user = ordinaryUser()
  const app = await makeApp({ user })
  onTestFinished(() => app.remove())
  app.edit(oneReplica)
  const deployed = await app.json<DeployDocument>("deploy", "--yes")
  expect(deployed).toMatchObject({ outcome: "succeeded" })
  await ask(app, deployed, "hello")
  const owners = processesNaming(app.state).map(({ pid }) =>
    execFileSync("ps", ["-o", "uid=", "-p", String(pid)], { encoding: "utf8" }).trim(),
  )
  expect(new Set(owners)).toEqual(new Set([String(user.uid)]))
  expect((await app.run("destroy", "--yes")).code).toBe(0)
  expect(processesNaming(app.state)).toEqual([])
})

/** A user of this machine that exists for these tests. */
function ordinaryUser(): { uid: number; gid: number } {
  const name = "chatops-test"
  try {
    execFileSync("id", [name], { stdio: "ignore" })
  } catch {
    execFileSync("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name])
  }
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }))
  return { uid: id("-u"), gid: id("-g") }
}
