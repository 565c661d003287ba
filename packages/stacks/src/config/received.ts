import { maskSecrets } from "./secret-mask.ts"

const longest = 48

/** A value in words, for the end of “expected …, got …”. Structures are named, not printed. */
export function received(value: unknown): string {
  if (value === undefined || value === null) return "nothing"
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map"
  const text = maskSecrets(String(value)).replaceAll("`", "'")
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text
  if (typeof value !== "string") return `the ${typeof value} \`${short}\``
  // Quotes are what makes `"80"` a text, and are easily overlooked.
  return /^(-?[\d.]+|true|false)$/.test(value) ? `the text \`${short}\`` : `\`${short}\``
}
