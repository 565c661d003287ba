/** A Markdown table whose columns are aligned in the text too, as formatters leave it; none without rows. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const cells = [head, ...rows].map(row => row.map(text => text.replaceAll("|", "\\|")))
  const widths = head.map((_, column) => Math.max(3, ...cells.map(row => (row[column] ?? "").length)))
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`
  const [first = [], ...others] = cells
  return [line(first), line(widths.map(width => "-".repeat(width))), ...others.map(line)]
}
