import { describe, expect, it } from "vitest"
import { pageModule } from "./support/page-module.ts"

const { parseBlocks } = await pageModule<{ parseBlocks(text: string): object[] }>("rich-text.js")
const { parseInline } = await pageModule<{ parseInline(text: string): object[] }>("inline-text.js")

describe("formatting of answers", () => {
  it.each([
    ["plain text", "one\ntwo\n\nthree", [paragraph("one\ntwo"), paragraph("three")]],
    ["a heading", "## Title\ntext", [{ type: "heading", level: 2, text: "Title" }, paragraph("text")]],
    ["code", "```js\na\n\nb\n```\nend", [{ type: "code", language: "js", text: "a\n\nb" }, paragraph("end")]],
    ["code that is still coming", "```\nhalf", [{ type: "code", language: "", text: "half" }]],
    ["a quote", "> a\n> b", [{ type: "quote", text: "a\nb" }]],
    ["a rule", "a\n\n---\nb", [paragraph("a"), { type: "rule" }, paragraph("b")]],
    ["no heading, only a hash", "#1 is first", [paragraph("#1 is first")]],
    ["a pipe that is no table", "a | b\nc", [paragraph("a | b\nc")]],
    ["a table", "|a|b|\n|-|--|\n|1|2|", [paragraph("|a|b|\n|-|--|\n|1|2|")]],
  ])("%s", (_name, text, blocks) => {
    expect(parseBlocks(text)).toEqual(blocks)
  })

  it("reads nested and loose lists with their numbers", () => {
    expect(parseBlocks("3. a\n\n4. b\n   - c\n     more\n\nend")).toEqual([
      {
        type: "list",
        items: [
          { depth: 0, number: 3, text: "a" },
          { depth: 0, number: 4, text: "b" },
          { depth: 1, number: null, text: "c\nmore" },
        ],
      },
      paragraph("end"),
    ])
  })

  it("reads tables", () => {
    expect(parseBlocks("| a | b |\n|---|:--:|\n| 1 | 2 |\n\nend")).toEqual([
      { type: "table", head: ["a", "b"], rows: [["1", "2"]] },
      paragraph("end"),
    ])
  })

  it("reads marks inside a line, and links to the web only", () => {
    expect(parseInline("a **b `c`** *d* [e](https://f.example) [g](javascript:h) 2*3*4")).toEqual([
      { type: "text", text: "a " },
      { type: "strong", children: [text("b "), { type: "code", text: "c" }] },
      text(" "),
      { type: "emphasis", children: [text("d")] },
      text(" "),
      { type: "link", text: "e", address: "https://f.example" },
      text(" [g](javascript:h) 2*3*4"),
    ])
  })

  it.each(["[", "*a", "**", "`", "* ", "> ", "|-", "1. ", "https://", "[a](https://b", "~~~", "\n\n"])(
    "stays fast on an answer made of %j",
    piece => {
      const hostile = piece.repeat(100_000 / piece.length)
      const start = performance.now()
      parseBlocks(hostile)
      parseInline(hostile)
      expect(performance.now() - start).toBeLessThan(1_500)
    },
  )
})

function paragraph(text: string) {
  return { type: "paragraph", text }
}

function text(text: string) {
  return { type: "text", text }
}
