import { execFile, execFileSync } from "node:child_process"
import { promisify } from "node:util"

/** Why nothing can be run on a terminal here; undefined when it can. */
export const noTerminal = hasScript() ? undefined : "no script(1) of util-linux, which makes terminals"

export interface Shown {
  /** All that was written, with the terminal's codes. */
  readonly written: string
  /** What is left on the screen at the end, line by line, without colours. */
  readonly screen: readonly string[]
}

/** Runs a TypeScript program on a terminal of its own. */
export async function runOnTerminal(program: string, ...args: readonly string[]): Promise<Shown> {
  const command = [process.execPath, "--conditions=source", program, ...args].map(quoted).join(" ")
  const env = { ...process.env, TERM: "xterm", CI: undefined, NO_COLOR: undefined, NODE_ENV: "" }
  const sized = `stty cols 120 rows 40; exec ${command}`
  const { stdout } = await promisify(execFile)("script", ["-qfec", sized, "/dev/null"], { env, timeout: 15_000 })
  return { written: stdout, screen: screenOf(stdout) }
}

/** As much of a terminal as our own output needs: cursor up, down and to the line's beginning, erase line. */
function screenOf(written: string): string[] {
  const lines: string[] = []
  let [row, column] = [0, 0]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes begin with one
  for (const [token] of written.matchAll(/\u001b\[[\d;?]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) {
    const line = lines[row] ?? ""
    if (token === "\n") row += 1
    else if (token === "\r" || token === "\u001b[G") column = 0
    else if (token === "\u001b[2K") lines[row] = ""
    else if (token === "\u001b[K") lines[row] = line.slice(0, column)
    else if (token.startsWith("\u001b[")) row += rowsMoved(token)
    else {
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + token.length)
      column += token.length
    }
  }
  const left = lines.map(line => line.trimEnd())
  return left.slice(0, left.findLastIndex(line => line !== "") + 1)
}

function rowsMoved(code: string): number {
  const [count, letter] = [Number(code.slice(2, -1) || 1), code.at(-1)]
  if (letter === "A") return -count
  return letter === "B" ? count : 0
}

function hasScript(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux")
  } catch {
    return false
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
