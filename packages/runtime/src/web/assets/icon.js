// @ts-check

/** Outlines on a 24 × 24 grid, drawn with the text's colour. */
const outlines = {
  copy: "M9 9h10v10H9zM5 15V5h10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  again: "M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5",
  edit: "M5 19h4L19 9l-4-4L5 15z",
  remove: "M6 6l12 12M18 6L6 18",
}

/**
 * @param {keyof typeof outlines} name
 * @returns {SVGSVGElement} decoration only; the button around it carries the words
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", outlines[name])
  svg.append(path)
  return svg
}
