import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { secret, TestReceiver } from "../../../notify/testing/receiver.ts"
import { readIfExists } from "../../../process/durable-file.ts"
import { SecretStore } from "../../../state/secret-store.ts"
import { startScratchEnvironment } from "../../../testing/scratch-environment.ts"
import { localTarget } from "../local-target.ts"
import { untilTrue } from "./until.ts"

interface Payload {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

it("tells of the watcher's failover, and of what a failover would come to then", async () => {
  const receiver = new TestReceiver()
  const { url } = await receiver.listen()
  const keys = `    failover: automatic\n    notify: [{ url: "${url}", secret: { secret: hook } }]\n`
  const scratch = await startScratchEnvironment("zero-loss", keys)
  onTestFinished(() => scratch.end())
  const { environment, entry } = scratch
  const soon = AbortSignal.timeout(100_000)
  const target = await localTarget.open(environment)
  const secrets = new SecretStore(environment.directories.state)
  await expect(target.validate(soon)).rejects.toMatchObject({ code: "SECRET_MISSING" })
  await secrets.set("hook", "not-a-signing-secret")
  await expect(target.validate(soon)).rejects.toMatchObject({ code: "SECRET_INVALID" })
  await secrets.set("hook", secret)
  await target.validate(soon)

  const told = async () => JSON.parse((await readIfExists(join(entry.directory, "told.json"))) ?? "{}").answer
  await untilTrue(undefined, async () => (await told())?.possible === true, soon)
  const lost = await target.faults.make({ kind: "kill-region", region: "east" }, { healAfter: 60_000 }, soon)
  const payloads = () => receiver.attempts.map(({ payload }) => payload as Payload)
  const place = { app: "bot", environment: "local" }
  const seen = (wanted: object) => payloads().some(({ data }) => isDeepStrictEqual(data, { ...data, ...wanted }))
  await untilTrue(undefined, () => seen({ by: "watcher" }) && seen({ possible: false }), soon)
  await target.faults.heal(lost.id, soon)
  await untilTrue(undefined, () => seen({ possible: true, to: "east" }), soon)
  const failover = payloads().find(({ type }) => type === "failover.finished")
  // Nothing else leaves this machine.
  const milliseconds = failover?.data["milliseconds"]
  const lossless = { claim: "in-sync", mayBeLost: null }
  const change = { from: "east", to: "west", epoch: 2, by: "watcher", planned: false, milliseconds, ...lossless }
  expect(failover?.data).toEqual({ ...place, ...change })
  const back = { possible: true, to: "east", reason: null, wouldLose: null }
  expect(payloads().at(-1)).toMatchObject({ type: "readiness.changed", data: { ...place, ...back } })
}, 120_000)
