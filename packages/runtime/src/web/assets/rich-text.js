// @ts-check

/**
 * The little that answers are formatted with; everything else is a paragraph.
 *
 * @typedef {{ readonly depth: number, readonly number: number | null, readonly text: string }} ListItem
 * @typedef {{ readonly type: "paragraph" | "quote", readonly text: string }
 *   | { readonly type: "heading", readonly level: number, readonly text: string }
 *   | { readonly type: "code", readonly language: string, readonly text: string }
 *   | { readonly type: "list", readonly items: ListItem[] }
 *   | { readonly type: "table", readonly head: string[], readonly rows: string[][] }
 *   | { readonly type: "rule" }} Block
 */

const fence = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)/
const heading = /^(#{1,6})\s+(.+)$/
const listItem = /^(\s{0,12})(?:[-*+]|(\d{1,9})[.)])\s+(.+)$/
const quote = /^>\s?/
const rule = /^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/
const tableRule = /^\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/

/**
 * Reads a text that may still be growing: an open code fence is code up to the end.
 *
 * @param {string} text
 * @returns {Block[]}
 */
export function parseBlocks(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n")
  /** @type {Block[]} */
  const blocks = []
  let at = 0
  while (at < lines.length) {
    const { block, next } = blockAt(lines, at)
    if (block !== null) blocks.push(block)
    at = next
  }
  return blocks
}

/**
 * @param {string[]} lines
 * @param {number} start
 * @returns {{ block: Block | null, next: number }}
 */
function blockAt(lines, start) {
  const line = lines[start] ?? ""
  if (line.trim() === "") return { block: null, next: start + 1 }
  const fenced = fence.exec(line)
  if (fenced) return codeAt(lines, start, fenced[1] ?? "```", fenced[2] ?? "")
  const headed = heading.exec(line)
  if (headed)
    return { block: { type: "heading", level: headed[1]?.length ?? 1, text: headed[2] ?? "" }, next: start + 1 }
  if (rule.test(line)) return { block: { type: "rule" }, next: start + 1 }
  if (quote.test(line)) {
    const { taken, next } = takeWhile(lines, start, each => quote.test(each))
    return { block: { type: "quote", text: taken.map(each => each.replace(quote, "")).join("\n") }, next }
  }
  if (listItem.test(line)) return listAt(lines, start)
  if (isTable(lines, start)) {
    const { taken, next } = takeWhile(lines, start, each => each.includes("|"))
    const [head = [], , ...rows] = taken.map(cells)
    return { block: { type: "table", head, rows }, next }
  }
  const { taken, next } = takeWhile(lines, start, (each, at) => at === start || !startsBlock(lines, at, each))
  return { block: { type: "paragraph", text: taken.join("\n") }, next }
}

/**
 * @param {string[]} lines
 * @param {number} start
 * @param {string} opening
 * @param {string} language
 */
function codeAt(lines, start, opening, language) {
  const { taken, next } = takeWhile(lines, start + 1, each => !each.trim().startsWith(opening))
  return { block: /** @type {Block} */ ({ type: "code", language, text: taken.join("\n") }), next: next + 1 }
}

/**
 * @param {string[]} lines
 * @param {number} start
 */
function listAt(lines, start) {
  /** @type {ListItem[]} */
  const items = []
  let at = start
  for (; at < lines.length; at++) {
    const line = lines[at] ?? ""
    const match = rule.test(line) ? null : listItem.exec(line)
    const last = items.at(-1)
    if (match) {
      const depth = Math.min(3, Math.floor((match[1] ?? "").replaceAll("\t", "  ").length / 2))
      items.push({ depth, number: match[2] === undefined ? null : Number(match[2]), text: match[3] ?? "" })
    } else if (line.trim() === "" && listItem.test(lines[at + 1] ?? "")) continue
    else if (/^\s+\S/.test(line) && last && !fence.test(line))
      items[items.length - 1] = { ...last, text: `${last.text}\n${line.trim()}` }
    else break
  }
  return { block: /** @type {Block} */ ({ type: "list", items }), next: at }
}

/**
 * @param {string[]} lines
 * @param {number} start
 * @param {(line: string, at: number) => boolean} belongs
 */
function takeWhile(lines, start, belongs) {
  let next = start
  while (next < lines.length && belongs(lines[next] ?? "", next)) next++
  return { taken: lines.slice(start, next), next }
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {string} line
 */
function startsBlock(lines, at, line) {
  const starts = [fence, heading, rule, quote, listItem].some(pattern => pattern.test(line))
  return starts || line.trim() === "" || isTable(lines, at)
}

/**
 * @param {string[]} lines
 * @param {number} at
 */
function isTable(lines, at) {
  const below = lines[at + 1] ?? ""
  return (lines[at] ?? "").includes("|") && below.includes("|") && below.length < 1_000 && tableRule.test(below)
}

/** @param {string} line */
function cells(line) {
  return line
    .trim()
    .replace(/^\|/, "")
    .replace(/\|$/, "")
    .split("|")
    .map(cell => cell.trim())
}
