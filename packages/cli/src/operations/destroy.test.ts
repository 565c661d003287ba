import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { describe, expect, it, onTestFinished } from "vitest"
import type { StackName } from "../engine/stack-name.ts"
import { destroy } from "./destroy.ts"
import { runOperation } from "./run-operation.ts"
import { type FakeEngineParts, fakeEngine } from "./testing/fake-engine.ts"
import { type FakeParts, fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

function bench(parts: FakeEngineParts & Pick<FakeParts, "confirm">) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-destroy-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const engine = fakeEngine(parts)
  const target = fakeTarget({ state: fakeState("east") })
  const { confirm } = parts
  const services = fakeServices(directory, { target, engine, regions: ["east"], ...(confirm && { confirm }) })
  const options = { services, signal: new AbortController().signal, listen: () => {} }
  return { engine, target, services, run: () => runOperation(destroy(), options) }
}

const everything: readonly StackName[] = ["base", "region-east", "region-west", "entry"]

describe("destroying an environment", () => {
  it("takes the entry away first, then the regions, then the base, records it, and only then removes the rest", async () => {
    const { engine, target, services, run } = bench({ deployed: everything })
    await run()
    expect(engine.calls).toEqual(["destroy entry", "destroy region-east", "destroy region-west", "destroy base"])
    expect([...engine.deployed]).toEqual([])
    expect(services.recorded).toMatchObject([{ kind: "destroy", outcome: "succeeded" }])
    expect(target.calls).toEqual(["remove"])
  })

  it("removes what a half-finished deploy left, also regions that chatops.yaml no longer names", async () => {
    const { engine, target, run } = bench({ deployed: ["base", "region-west"] })
    await run()
    expect(engine.calls).toEqual(["destroy region-west", "destroy base"])
    expect(target.calls).toEqual(["remove"])
  })

  it("pauses with everything below still in place when a region cannot be removed", async () => {
    const during = async (_verb: string, name: StackName) => {
      if (name === "region-east") throw new ChatopsError("ENGINE_FAILED", "east does not answer")
    }
    const { engine, target, services, run } = bench({ deployed: everything, during })
    await expect(run()).rejects.toMatchObject({ code: "OPERATION_PAUSED", details: { step: "stacks" } })
    expect([...engine.deployed]).toEqual(["base", "region-east"])
    expect([target.calls, services.recorded]).toEqual([[], []])
  })

  it("asks with the app's name, takes a bare Enter for a no, and touches nothing when the answer is no", async () => {
    const asked: string[] = []
    const confirm = async (question: string, enter: string) => asked.push(`${question} Enter: ${enter}`) < 0
    const { engine, run } = bench({ deployed: everything, confirm })
    await expect(run()).rejects.toMatchObject({ code: "NOT_CONFIRMED" })
    expect(asked).toEqual(["Destroy environment local of bot, with every conversation in it? Enter: no"])
    expect(engine.calls).toEqual([])
  })
})
