import { expect, it, onTestFinished } from "vitest"
import { readinessOf } from "../../../failover/readiness.ts"
import { startScratchEnvironment } from "../../../testing/scratch-environment.ts"
import { untilTrue } from "../agent/until.ts"
import { linksFrom } from "../faults/hold-cuts.ts"
import { keepHeld } from "../faults/keep-held.ts"
import { inspectLocal } from "./inspect.ts"

it("says beforehand that a region could not claim whose way to the witness is cut", async () => {
  // Under block it stays in sync, so that nothing else is in the way.
  const { environment, end } = await startScratchEnvironment("zero-loss", "    on-standby-loss: block\n")
  onTestFinished(() => end())
  const soon = AbortSignal.timeout(60_000)
  const now = async () => readinessOf(await inspectLocal(environment), { planned: false })
  const until = (possible: boolean) => untilTrue(undefined, async () => (await now()).possible === possible, soon)
  await until(true)
  const { socket, path } = await linksFrom(environment.directories, "west")
  const release = await keepHeld(socket, path, soon)
  await until(false)
  const { checks, to } = await now()
  expect([to, checks.filter(({ verdict }) => verdict === "fails")]).toEqual([
    "west",
    [{ name: "witness", verdict: "fails", detail: "west does not reach the witness" }],
  ])
  await release()
  await until(true)
}, 90_000)
