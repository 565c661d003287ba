export type KeyPath = readonly (string | number)[]

/** Where in the document a finding is shown: at the key, at what stands behind it, or at the map that lacks it. */
export type Anchor = "key" | "value" | "parent"

/** Something wrong with the document, before it has a line and a column. */
export interface Finding {
  readonly path: KeyPath
  readonly anchor: Anchor
  /** Overrides where `path` leads, for what a path cannot name, such as the second of two equal keys. */
  readonly offset?: number
  /** What is wrong, a sentence without its full stop. */
  readonly message: string
  readonly expected: string
  /** What stands there, in words; never a secret. */
  readonly received: string
  readonly suggestion?: string | undefined
}

/** `chat.upstreams[0].name`; a key that is no plain word is quoted. */
export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    if (!/^[\w-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`
    return text === "" ? part : `${text}.${part}`
  }, "")
}
