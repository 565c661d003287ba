/** Markup that may be put into a page as it is; everything else is text. */
export class Html {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toString(): string {
    return this.#text
  }
}

type Part = string | number | Html | readonly Part[] | null | undefined

/** A piece of HTML or SVG. What is put in is escaped, for text and for attributes in quotes, unless it is `Html` itself. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.map((piece, index) => piece + write(parts[index])).join(""))
}

function write(part: Part): string {
  if (part === null || part === undefined) return ""
  if (part instanceof Html) return part.toString()
  if (typeof part === "object") return part.map(write).join("")
  // Characters that XML and terminals know nothing good about, too.
  return String(part).replaceAll(/[&<>"'\p{Cc}]/gu, character => entities[character] ?? "\u{fffd}")
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\n": "\n",
  "\t": "\t",
}
