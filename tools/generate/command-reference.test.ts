import { expect, it } from "vitest"
import { commandReference, type ManifestCommand, type ManifestFlag } from "./command-reference.ts"

const flag = (name: string, more: Partial<ManifestFlag> = {}): ManifestFlag => ({
  name,
  type: "option",
  summary: `What ${name} is.`,
  ...more,
})
const command = (id: string, ...flags: readonly ManifestFlag[]): ManifestCommand => ({
  id,
  summary: `Do ${id}.`,
  pluginName: "chatops",
  args: {},
  flags: Object.fromEntries(flags.map(flag => [flag.name, flag])),
})
const [json, env] = [flag("json", { type: "boolean", helpGroup: "GLOBAL" }), flag("env", { helpGroup: "GLOBAL" })]

it("explains common flags once, and names the commands that lack one", () => {
  const page = commandReference([command("deploy", json, env), command("init", json), command("keys:list", json, env)])
  expect(page.match(/^\| `--.*$/gm)?.map(line => line.replaceAll(/ +/g, " "))).toEqual([
    "| `--json` | What json is. |",
    "| `--env …` | What env is. Not of `init`. |",
  ])
})

it("tells a flag's default, its other names and the variable that stands for it", () => {
  const page = commandReference([
    command("chat", flag("limit", { default: 10 }), flag("key", { env: "CHATOPS_API_KEY", aliases: ["token"] })),
  ])
  expect(page).toMatch(/`--limit …` +\| What limit is\. Default: 10\./)
  expect(page).toMatch(/`--key …` +\| What key is\. Also `--token`\. Also from `CHATOPS_API_KEY`\./)
})
