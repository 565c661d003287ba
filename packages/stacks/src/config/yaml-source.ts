import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode } from "yaml"
import type { Finding, KeyPath } from "./finding.ts"
import { formatPath } from "./finding.ts"
import type { Marked } from "./problem.ts"

/** A parsed document that can tell where things stand in its text. */
export interface YamlSource {
  readonly file: string
  readonly text: string
  readonly document: Document.Parsed
  readonly value: unknown
}

/** Finds the stretch of text that a finding is about. */
export function mark(source: YamlSource, finding: Finding): Marked {
  const { path, message, expected, received, suggestion } = finding
  const problem = {
    key: formatPath(path),
    message,
    expected,
    received,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
  const [offset, end] = span(source, finding)
  const lineEnd = source.text.indexOf("\n", offset)
  const length = Math.min(end, lineEnd < 0 ? source.text.length : lineEnd) - offset
  return { offset: finding.offset ?? offset, length, problem }
}

type Span = readonly [start: number, end: number]

function span({ document, text }: YamlSource, { path, anchor, offset }: Finding): Span {
  if (offset !== undefined) return [offset, offset + 1 + (text.slice(offset + 1).match(/^[\w-]*/)?.[0].length ?? 0)]
  if (path.length === (anchor === "parent" ? 1 : 0)) return [0, 1]
  const trail = follow(document, anchor === "parent" ? path.slice(0, -1) : path)
  const value = spanOf(trail.node)
  if (anchor === "value" && (isScalar(trail.node) || isAlias(trail.node)) && value && value[1] > value[0]) return value
  return spanOf(trail.key) ?? value ?? [0, 0]
}

interface Trail {
  readonly key: unknown
  readonly node: unknown
}

/** Walks down a path as far as it exists, through aliases and merged maps. */
function follow(document: Document.Parsed, path: KeyPath): Trail {
  let trail: Trail = { key: undefined, node: document.contents }
  for (const part of path) {
    const node = resolve(document, trail.node)
    const item = isSeq(node) ? node.items[Number(part)] : undefined
    if (item !== undefined) trail = { key: undefined, node: item }
    const pair = isMap(node) ? pairIn(document, node.items, String(part)) : undefined
    if (pair !== undefined) trail = { key: pair.key, node: pair.value }
    if (item === undefined && pair === undefined) break
  }
  return trail
}

function pairIn(document: Document.Parsed, pairs: readonly Pair[], key: string, depth = 0): Pair | undefined {
  // The last of two equal keys is the one whose value was read.
  const own = pairs.findLast(pair => isScalar(pair.key) && String(pair.key.value ?? "") === key)
  if (own !== undefined || depth > 8) return own
  for (const pair of pairs) {
    if (!isScalar(pair.key) || pair.key.value !== "<<") continue
    const merged = resolve(document, pair.value)
    for (const map of isSeq(merged) ? merged.items.map(item => resolve(document, item)) : [merged]) {
      const found = isMap(map) ? pairIn(document, map.items, key, depth + 1) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

function resolve(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function spanOf(node: unknown): Span | undefined {
  const range = (node as Node | ParsedNode | null | undefined)?.range
  return range ? [range[0], range[1]] : undefined
}
