import { describe, expect, it } from "vitest"
import { type DeployResult, deployResult } from "../results/deploy.ts"
import { plain } from "../testing/plain.ts"
import { renderDeployResult } from "./deploy-result.ts"

const result: DeployResult = {
  operation: "op-1",
  outcome: "succeeded",
  environment: "local",
  release: "rel_1",
  entry: { url: "http://127.0.0.1:8080" },
  primary: "east",
  changes: [],
  notes: [],
  verification: { turn: "resp_1", answer: "Hello", region: "east" },
  steps: [
    { name: "plan", durationMs: 2_000 },
    { name: "base", durationMs: 10_400 },
  ],
}
const lines = (part: Partial<DeployResult>) => {
  const document = { ...result, ...part }
  expect(deployResult.parse(document)).toEqual(document)
  return plain(renderDeployResult(document, "http://127.0.0.1:8080/#token=t", command => `npx chatops ${command}`))
}

describe("the end of a deploy", () => {
  it("says where it is, how long it took, and what can be pasted next", () => {
    expect(lines({})).toEqual([
      "",
      "Deployed local in 12 s: http://127.0.0.1:8080",
      "primary east · rel_1 · op-1",
      "",
      "chat page  http://127.0.0.1:8080/#token=t",
      "API        http://127.0.0.1:8080/v1",
      "",
      "Next:",
      '  npx chatops chat "What can you do?"',
      "  npx chatops status",
      "  npx chatops logs --follow",
    ])
  })

  it("says that there was nothing to change", () => {
    expect(lines({ outcome: "unchanged", verification: null })[1]).toBe(
      "Nothing to change: local is as chatops.yaml says (looked for 12 s).",
    )
  })

  it("begins with what did not happen", () => {
    expect(lines({ notes: ["primary: west stays it"] }).slice(1, 2)).toEqual(["! primary: west stays it"])
  })
})
