// @ts-check
import { copyButton } from "./copy-button.js"
import { element } from "./element.js"
import { parseInline } from "./inline-text.js"
import { parseBlocks } from "./rich-text.js"

/**
 * @import { Inline } from "./inline-text.js"
 * @import { Block, ListItem } from "./rich-text.js"
 */

/**
 * Shows a growing text and touches only the blocks that changed,
 * so that a selection in an earlier paragraph survives and long answers stay cheap.
 *
 * @param {HTMLElement} container
 */
export function createRichText(container) {
  /** @type {string[]} */
  let shown = []

  /** @param {string} text */
  return function show(text) {
    const blocks = parseBlocks(text)
    const wanted = blocks.map(block => JSON.stringify(block))
    let same = 0
    while (same < wanted.length && wanted[same] === shown[same]) same++
    while (container.children.length > same) container.lastElementChild?.remove()
    container.append(...blocks.slice(same).map(toElement))
    shown = wanted
  }
}

/** @param {Block} block */
function toElement(block) {
  switch (block.type) {
    case "paragraph":
      return element("p", {}, ...inline(block.text))
    case "quote":
      return element("blockquote", {}, ...inline(block.text))
    case "heading":
      // The page's own headings are above these.
      return element("h3", { class: `level-${block.level}` }, ...inline(block.text))
    case "rule":
      return element("hr")
    case "code":
      return code(block.text, block.language)
    case "list":
      return list(block.items)
    case "table":
      return table(block.head, block.rows)
  }
}

/**
 * @param {string} text
 * @param {string} language
 */
function code(text, language) {
  const head = element(
    "div",
    { class: "code-head" },
    element("span", {}, language || "code"),
    copyButton("code", () => text),
  )
  // Wide code scrolls, so the keyboard must be able to reach it.
  const attributes = { tabindex: "0", role: "region", "aria-label": language ? `Code in ${language}` : "Code" }
  return element("div", { class: "code" }, head, element("pre", attributes, element("code", {}, text)))
}

/** @param {ListItem[]} items */
function list(items) {
  const ordered = items[0]?.number != null
  const children = items.map(({ depth, number, text }) => {
    const kind = number === null ? "bullet" : "numbered"
    const attributes = { class: `${kind} depth-${depth}`, ...(ordered && number !== null && { value: String(number) }) }
    return element("li", attributes, ...inline(text))
  })
  return ordered ? element("ol", {}, ...children) : element("ul", {}, ...children)
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  const headRow = element("tr", {}, ...head.map(cell => element("th", { scope: "col" }, ...inline(cell))))
  const bodyRows = rows.map(row => element("tr", {}, ...row.map(cell => element("td", {}, ...inline(cell)))))
  const whole = element("table", {}, element("thead", {}, headRow), element("tbody", {}, ...bodyRows))
  return element("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, whole)
}

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function inline(text) {
  return parseInline(text).map(inlineNode)
}

/**
 * @param {Inline} part
 * @returns {Node | string}
 */
function inlineNode(part) {
  switch (part.type) {
    case "text":
      return part.text
    case "code":
      return element("code", {}, part.text)
    case "strong":
      return element("strong", {}, ...part.children.map(inlineNode))
    case "emphasis":
      return element("em", {}, ...part.children.map(inlineNode))
    case "link": {
      // The parser lets only http and https through; the title shows where a label really leads.
      const attributes = {
        href: part.address,
        target: "_blank",
        rel: "noopener noreferrer nofollow",
        title: part.address,
      }
      return element("a", attributes, part.text)
    }
  }
}
