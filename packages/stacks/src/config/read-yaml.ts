import { parseDocument, visit } from "yaml"
import { configError, type Marked } from "./problem.ts"
import { syntaxMark } from "./syntax-problem.ts"
import type { YamlSource } from "./yaml-source.ts"

/** A file for thirty environments has a fifth of this. A bound keeps the parser's worst cases in the milliseconds. */
const longest = 64 * 1_024
/** Uses of anchors, each of which may multiply what it names. */
const mostAliases = 100

/**
 * The text as a document and as plain data.
 * @throws {ChatopsError} CONFIG_SYNTAX
 */
export function readYaml(text: string, file: string): YamlSource {
  const refuse = (mark: Marked) => configError("CONFIG_SYNTAX", file, text, [mark])
  if (text.length > longest) throw refuse(wholeFile(`the file is longer than ${longest / 1_024} KiB`))
  const document = parse(text)
  // What follows the first mistake is mostly its echo.
  const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])
  if (first !== undefined) throw refuse(syntaxMark(text, first))
  const alias = unusableAlias(document)
  if (alias !== undefined) throw refuse(alias)
  try {
    return { file, text, document, value: document.toJS({ maxAliasCount: mostAliases }) }
  } catch {
    throw refuse(wholeFile("its aliases unfold to more than a configuration can need"))
  }
}

function parse(text: string) {
  // Our own check of unique keys is linear, and tells where the first one stands.
  return parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    merge: true,
    logLevel: "error",
  })
}

/** An alias without an anchor, or one too many; both before anything is unfolded. */
function unusableAlias(document: ReturnType<typeof parse>): Marked | undefined {
  const anchors = new Set<string>()
  let aliases = 0
  let unusable: Marked | undefined
  visit(document, {
    Value(_, node) {
      if ("anchor" in node && node.anchor !== undefined) anchors.add(node.anchor)
    },
    Alias(_, node) {
      aliases += 1
      const [offset, end] = node.range ?? [0, 0]
      const at = (message: string): Marked => ({ offset, length: end - offset, problem: { key: "", message } })
      if (!anchors.has(node.source)) unusable = at(`\`*${node.source}\` refers to an anchor that is not set above it`)
      else if (aliases > mostAliases) unusable = at(`more than ${mostAliases} aliases`)
      return unusable === undefined ? undefined : visit.BREAK
    },
  })
  return unusable
}

function wholeFile(message: string): Marked {
  return { offset: 0, length: 1, problem: { key: "", message } }
}
