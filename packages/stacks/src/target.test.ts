import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { parseAst } from "vitest/node"

const source = readFileSync(new URL("target.ts", import.meta.url), "utf8")
const record = readFileSync(new URL("../../../docs/decisions/target-interface.md", import.meta.url), "utf8")

/** As much of the parser's answer as is looked at. */
interface Interface {
  readonly id: { readonly name: string }
  readonly body: { readonly body: readonly { readonly type: string; readonly key: { readonly name: string } }[] }
}

const interfaces = parseAst(source, { lang: "ts" })
  .body.flatMap(node => (node.type === "ExportNamedDeclaration" ? [node.declaration] : []))
  .filter(node => node?.type === "TSInterfaceDeclaration") as unknown as readonly Interface[]

/** What a target must offer: every method of these interfaces. */
const parts = {
  Target: "",
  OpenTarget: "",
  TargetPrograms: "",
  TargetByHand: "byHand.",
  TargetKeys: "keys.",
  TargetSecrets: "secrets.",
}
const members = interfaces
  .filter(({ id }) => id.name in parts)
  .flatMap(({ id, body }) =>
    body.body
      .filter(({ type }) => type === "TSMethodSignature")
      .map(({ key }) => `${parts[id.name as keyof typeof parts]}${key.name}`),
  )

/** Names in the first column of the table below a heading. */
function namesBelow(heading: string): string[] {
  const [, text = ""] = record.split(`## ${heading}\n`)
  const rows = (text.split("\n## ")[0] ?? "").match(/^\| `.*$/gm) ?? []
  return rows.flatMap(row => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name))
}

it.each(["How each would be made", "What a caller may expect"])(
  "every member of the target interface is looked at in the decision record, under %s",
  heading => {
    expect(namesBelow(heading).toSorted()).toEqual(members.toSorted())
  },
)

it("options of a member are looked at as well", () => {
  const options = interfaces.find(({ id }) => id.name === "ReserveOptions")?.body.body.map(({ key }) => key.name) ?? []
  expect(options).toContain("dryRun")
  for (const name of options.filter(name => name !== "signal")) expect(record).toContain(`\`${name}\``)
})
