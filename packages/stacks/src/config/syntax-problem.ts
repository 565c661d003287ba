import type { YAMLError } from "yaml"
import type { Marked } from "./problem.ts"

/** A complaint of the YAML parser, in words that say what to do. */
export function syntaxMark(text: string, error: YAMLError): Marked {
  // The parser points behind the text when something is not closed; the last character is something to look at.
  const offset = Math.min(error.pos[0], Math.max(0, text.trimEnd().length - 1))
  return { offset, length: 1, problem: { key: "", message: advice[error.code] ?? lowerFirst(error.message) } }
}

const advice: Partial<Record<YAMLError["code"], string>> = {
  BAD_INDENT: "the indentation does not fit the lines around it, or a bracket is not closed",
  BLOCK_AS_IMPLICIT_KEY:
    "a second `key:` on one line; put it on a line of its own, or quote a value that holds a colon",
  MISSING_CHAR: "something is not closed or lacks its colon: a quote, a bracket, or the `:` behind a key",
  MULTIPLE_DOCS: "a second document begins here; chatops.yaml holds exactly one",
  NON_STRING_KEY: "a key must be plain text",
  RESOURCE_EXHAUSTION: "lists or maps are nested too deeply",
  TAB_AS_INDENT: "tabs are not allowed as indentation; use spaces",
  TAG_RESOLVE_FAILED: "YAML tags (`!…`) have no meaning here",
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
