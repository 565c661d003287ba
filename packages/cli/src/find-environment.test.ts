import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { findApp, findEnvironment } from "./find-environment.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"

describe("the app", () => {
  const one = chatopsYaml("local")

  it.each<[string, Record<string, string>, string, string | undefined, string]>([
    ["here", { "chatops.yaml": one }, ".", undefined, "."],
    [
      "in the nearest directory above",
      { "chatops.yaml": one, "a/chatops.yaml": one, "a/b/c/x": "" },
      "a/b/c",
      undefined,
      "a",
    ],
    [
      "below a checkout's root",
      { "quickstart/chatops.yaml": one, "packages/cli/x": "" },
      "packages/cli",
      undefined,
      "quickstart",
    ],
    ["here rather than in a quickstart", { "chatops.yaml": one, "quickstart/chatops.yaml": one }, ".", undefined, "."],
    ["where --app says, seen from here", { "a/chatops.yaml": one, "b/chatops.yaml": one }, "a", "../b", "b"],
  ])("is found %s", (_name, files, from, given, expected) => {
    const root = scratchDirectory(files)
    expect(findApp(given, join(root, from))).toBe(join(root, expected))
  })

  it.each([
    ["nowhere", undefined, /no chatops\.yaml in .* or above it/],
    ["not where --app says, even when there is one above", "a", /no chatops\.yaml in .*a$/],
  ])("that is %s is an error that says where was looked", (_name, given, message) => {
    const root = scratchDirectory(given ? { "chatops.yaml": one, "a/x": "" } : {})
    const look = () => findApp(given, root)
    expect(look).toThrow(message)
    expect(look).toThrow(expect.objectContaining({ code: "CONFIG_NOT_FOUND", exitCode: 2 }))
  })
})

describe("the environment", () => {
  it.each([
    ["the only one", ["prod"], undefined, "prod"],
    ["`local` among several", ["prod", "local"], undefined, "local"],
    ["the one that --env names", ["prod", "local"], "prod", "prod"],
  ])("is %s", async (_name, environments, wanted, expected) => {
    const root = scratchDirectory({ "chatops.yaml": chatopsYaml(...environments) })
    const { config, appDirectory, app } = await findEnvironment(undefined, wanted, root)
    expect([config.name, appDirectory, app.app]).toEqual([expected, root, "bot"])
  })

  it.each([
    ["one that is not there, with the nearest that is", "stagin", /`prod`, `staging`.*Did you mean `staging`/],
    ["one that is like nothing there, without a guess", "qqqqqq", /`prod`, `staging`\.$/],
    ["none of several", undefined, /`prod`, `staging`/],
  ])("is refused for %s", async (_name, wanted, message) => {
    const root = scratchDirectory({ "chatops.yaml": chatopsYaml("prod", "staging") })
    const finding = findEnvironment(undefined, wanted, root)
    await expect(finding).rejects.toThrow(message)
    await expect(finding).rejects.toMatchObject({
      code: "ENVIRONMENT_UNKNOWN",
      exitCode: 2,
      details: { environments: ["prod", "staging"] },
    })
  })
})
