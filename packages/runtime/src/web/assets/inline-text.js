// @ts-check

/**
 * @typedef {{ readonly type: "text" | "code", readonly text: string }
 *   | { readonly type: "strong" | "emphasis", readonly children: Inline[] }
 *   | { readonly type: "link", readonly text: string, readonly address: string }} Inline
 */

/** Every repetition is bounded, so that no answer can make the search slow. */
const marks = new RegExp(
  [
    "`(?<code>[^`\\n]{1,500})`",
    "\\*\\*(?<strong>[^\\n]{1,500}?)\\*\\*",
    "(?<![\\w*])\\*(?<emphasis>[^\\s*][^*\\n]{0,500})\\*(?![\\w*])",
    "\\[(?<label>[^\\]\\n]{1,300})\\]\\((?<target>https?://[^\\s()<>]{1,1000})\\)",
    "(?<address>\\bhttps?://[^\\s<>\"')\\]]{1,1000})",
  ].join("|"),
  "g",
)

/**
 * Marks inside a line: code, strong, emphasis and links to the web; everything else stays text.
 *
 * @param {string} text
 * @param {number} depth
 * @returns {Inline[]}
 */
export function parseInline(text, depth = 0) {
  /** @type {Inline[]} */
  const found = []
  let end = 0
  for (const match of text.matchAll(marks)) {
    if (match.index > end) found.push({ type: "text", text: text.slice(end, match.index) })
    end = match.index + match[0].length
    found.push(toInline(match[0], match.groups ?? {}, depth))
  }
  if (end < text.length) found.push({ type: "text", text: text.slice(end) })
  return found
}

/**
 * @param {string} whole
 * @param {Readonly<Record<string, string | undefined>>} groups
 * @param {number} depth
 * @returns {Inline}
 */
function toInline(whole, { code, strong, emphasis, label, target, address }, depth) {
  if (code !== undefined) return { type: "code", text: code }
  if (label !== undefined && target !== undefined) return { type: "link", text: label, address: target }
  if (address !== undefined) return { type: "link", text: address, address }
  const inner = strong ?? emphasis
  if (inner === undefined || depth > 2) return { type: "text", text: whole }
  return { type: strong === undefined ? "emphasis" : "strong", children: parseInline(inner, depth + 1) }
}
