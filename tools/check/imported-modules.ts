import { parseAst } from "vitest/node"

/**
 * Every module that a TypeScript file names, however it does: `import` and `export … from`, with or without names or as
 * types, `import()`, `import x = require()`, `require()`, and `resolve()` of `import.meta`, of `require` or taken from
 * one. A name that is put together counts as far as it is written, with `*` for the rest.
 */
export function importedModules(code: string): string[] {
  const modules: string[] = []
  visit(parseAst(code, { lang: "ts" }), node => {
    const name = nameOf(moduleIn(node))
    if (name !== undefined) modules.push(name)
  })
  return modules
}

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

function moduleIn(node: Node): unknown {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return node["source"]
    case "TSExternalModuleReference":
      return node["expression"]
    case "CallExpression":
      return namesModules(node["callee"]) ? (node["arguments"] as unknown[])[0] : undefined
    default:
      return undefined
  }
}

/** `require`, `resolve`, or either as a property of something. */
function namesModules(callee: unknown): boolean {
  const { type, name, property } = callee as { type: string; name?: string; property?: { name?: string } }
  const called = type === "MemberExpression" ? property?.name : name
  return called === "require" || called === "resolve"
}

function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === "Literal") return typeof value["value"] === "string" ? value["value"] : undefined
  if (value.type !== "TemplateLiteral") return undefined
  const texts = value["quasis"] as { value: { cooked: string } }[]
  return texts.map(text => text.value.cooked).join("*")
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, look)
  if (!isNode(value)) return
  look(value)
  for (const child of Object.values(value)) visit(child, look)
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value
