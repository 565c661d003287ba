import { stripVTControlCharacters } from "node:util"

/** Lines without colours, whatever the terminal that runs the tests can do. */
export const plain = (lines: readonly string[]): string[] => lines.map(line => stripVTControlCharacters(line).trimEnd())
