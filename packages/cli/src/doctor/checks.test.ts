import { ChatopsError } from "@chatops/stacks/errors"
import { describe, expect, it } from "vitest"
import { pulumiVersion } from "../engine/pulumi-version.ts"
import { renderFinding } from "../render/finding.ts"
import { doctorResult, type Finding } from "../results/doctor.ts"
import { plain } from "../testing/plain.ts"
import { checksOf } from "./checks.ts"
import { examine } from "./examine.ts"
import type { Machine } from "./machine.ts"

const gibibyte = 1024 ** 3

/** A machine that lacks nothing. */
const fakeMachine: Machine = {
  nodeVersion: "v24.21.0",
  stateRoot: "/state",
  pulumiCache: "/cache/pulumi",
  git: async (...args) => (args[0] === "--version" ? "git version 2.50.0" : "ada@example.com"),
  pulumi: async () => ({ path: "/cache/pulumi", foundIn: "cache" }),
  installPulumi: async () => {},
  postgresVersion: async () => "18.4",
  makeWritable: async () => {},
  freeBytes: async () => 10 * gibibyte,
}

async function findingsOf(machine: Partial<Machine>, fix = false): Promise<Finding[]> {
  const checks = checksOf({ ...fakeMachine, ...machine })
  const findings = await Promise.all(checks.map(check => examine(check, fix, () => {})))
  expect(doctorResult.shape.findings.parse(findings)).toEqual(findings)
  return findings
}

describe("doctor", () => {
  it("finds nothing on a machine that lacks nothing", async () => {
    const findings = await findingsOf({})
    expect(findings.map(({ name, state, detail }) => `${name}: ${state} ${detail}`)).toEqual([
      "node: ok v24.21.0",
      "git: ok git version 2.50.0",
      "git identity: ok ada@example.com",
      `pulumi: ok ${pulumiVersion} (cache: /cache/pulumi)`,
      "postgresql: ok 18.4",
      "state directory: ok /state",
      "disk: ok 10.0 GiB free",
    ])
  })

  it.each<[string, Partial<Machine>, Partial<Finding>]>([
    ["an old Node", { nodeVersion: "v22.1.0" }, { name: "node", state: "problem", detail: "v22.1.0 is too old" }],
    ["no git", { git: async () => undefined }, { name: "git", state: "problem", detail: "not found" }],
    [
      "no git identity",
      { git: async (...args) => (args[0] === "--version" ? "git version 2.50.0" : "") },
      { name: "git identity", state: "warning" },
    ],
    [
      "no Pulumi",
      { pulumi: async () => undefined },
      { name: "pulumi", state: "problem", hint: expect.stringContaining("--fix") },
    ],
    [
      "no PostgreSQL",
      { postgresVersion: () => Promise.reject(new ChatopsError("POSTGRES_MISSING", "not for this machine")) },
      {
        name: "postgresql",
        state: "problem",
        detail: "not for this machine",
        hint: expect.stringContaining("npm start"),
      },
    ],
    [
      "a state directory of somebody else",
      { makeWritable: () => Promise.reject(new Error("EACCES")) },
      { name: "state directory", state: "problem", hint: expect.stringContaining("CHATOPS_STATE") },
    ],
    ["a full disk", { freeBytes: async () => gibibyte }, { name: "disk", state: "warning", detail: "1.0 GiB free" }],
    [
      "a disk that cannot be asked",
      { freeBytes: () => Promise.reject(new Error("ENOENT")) },
      { name: "disk", state: "warning", detail: "the disk of /state cannot be asked" },
    ],
  ])("finds %s", async (_name, machine, expected) => {
    const findings = await findingsOf(machine)
    expect(findings.find(({ name }) => name === expected.name)).toMatchObject(expected)
  })

  it("mends what is missing when it is asked to, and looks again", async () => {
    let installed = false
    const machine: Partial<Machine> = {
      pulumi: async () => (installed ? { path: "/cache/pulumi", foundIn: "Go build" } : undefined),
      installPulumi: async () => {
        installed = true
      },
    }
    const before = await findingsOf(machine)
    expect([installed, before.find(({ name }) => name === "pulumi")?.state]).toEqual([false, "problem"])
    const after = await findingsOf(machine, true)
    expect(after.find(({ name }) => name === "pulumi")).toMatchObject({ state: "ok" })
  })

  it("goes on, and says why, when something cannot be mended", async () => {
    const findings = await findingsOf(
      {
        pulumi: async () => undefined,
        installPulumi: () => Promise.reject(new ChatopsError("PULUMI_MISSING", "no network and no Go")),
      },
      true,
    )
    expect(findings.find(({ name }) => name === "pulumi")).toMatchObject({
      state: "problem",
      detail: "could not be mended: no network and no Go",
    })
    expect(findings).toHaveLength(7)
  })

  it.each<[Finding, string[]]>([
    [{ name: "node", state: "ok", detail: "v24" }, ["✔ node             v24"]],
    [
      { name: "git identity", state: "warning", detail: "not set", hint: "Set it." },
      ["! git identity     not set", `${" ".repeat(19)}Set it.`],
    ],
    [{ name: "git", state: "problem", detail: "not found" }, ["✖ git              not found"]],
  ])("shows a finding with what to do below it", (finding, lines) => {
    expect(plain(renderFinding(finding))).toEqual(lines)
  })
})
