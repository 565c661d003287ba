import { type Html, html } from "./html.ts"

type Cell = string | Html

/** Columns after the first hold numbers, unless they are named in `texts`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  texts: readonly string[] = [],
): Html {
  const kind = (index: number) => (index === 0 || texts.includes(head[index] ?? "") ? "" : "number")
  const headings = head.map((name, index) => html`<th scope="col" class="${kind(index)}">${name}</th>`)
  const body = rows.map(
    ([first, ...others]) =>
      html`<tr><th scope="row">${first}</th>${others.map((cell, index) => html`<td class="${kind(index + 1)}">${cell}</td>`)}</tr>`,
  )
  return html`<div class="wide"><table><thead><tr>${headings}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** Names and what belongs to them. */
export function facts(title: string, rows: readonly (readonly [string, Cell])[], numbers = true): Html {
  const body = rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="${numbers ? "number" : ""}">${value}</td></tr>`,
  )
  return html`<div>${title === "" ? "" : html`<h3>${title}</h3>`}<table class="${numbers ? "" : "facts"}"><tbody>${body}</tbody></table></div>`
}
