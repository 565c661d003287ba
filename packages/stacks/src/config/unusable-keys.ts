import { isMap, isScalar, visit } from "yaml"
import { positionAt } from "./code-frame.ts"
import type { Finding, KeyPath } from "./finding.ts"
import type { YamlSource } from "./yaml-source.ts"

/** Keys that would be lost silently on the way to plain data: repeated ones and `__proto__`. */
export function unusableKeys(source: YamlSource): readonly Finding[] {
  const findings: Finding[] = []
  visit(source.document, {
    Map(_, map, ancestors) {
      const seen = new Map<string, number>()
      for (const { key } of map.items) {
        if (!isScalar(key) || !key.range) continue
        const name = String(key.value ?? "")
        const path = [...pathOf(ancestors, map), name]
        const first = seen.get(name)
        const at = { path, anchor: "key", offset: key.range[0], received: `\`${name}\`` } as const
        if (first !== undefined) {
          const message = `the key is already set on line ${positionAt(source.text, first).line}`
          findings.push({ ...at, message, expected: "each key once" })
        } else if (name === "__proto__") {
          findings.push({ ...at, message: "unknown key", expected: "another key" })
        } else seen.set(name, key.range[0])
      }
    },
  })
  return findings
}

function pathOf(ancestors: readonly unknown[], self: unknown): KeyPath {
  const chain = [...ancestors, self]
  return chain.flatMap((node, index): KeyPath => {
    const child = chain[index + 1]
    if (child === undefined) return []
    if (isSequence(node)) return [node.items.indexOf(child)]
    if (isPair(node)) return [String((node.key as { value?: unknown })?.value ?? "")]
    return []
  })
}

function isSequence(node: unknown): node is { readonly items: readonly unknown[] } {
  return typeof node === "object" && node !== null && "items" in node && !isMap(node)
}

function isPair(node: unknown): node is { readonly key: unknown } {
  return typeof node === "object" && node !== null && "key" in node
}
