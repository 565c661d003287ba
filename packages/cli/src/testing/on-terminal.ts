import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"

/** Why nothing can be run on a terminal here; undefined when it can. */
export const noTerminal = hasScript() ? undefined : "no script(1) of util-linux, which makes terminals"

export interface Shown {
  /** Null when it did not end in time. */
  readonly code: number | null
  /** All that was written, with the terminal's codes. */
  readonly written: string
  /** What is left on the screen at the end, line by line, without colours. */
  readonly screen: readonly string[]
}

interface TerminalOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** What is typed, each as soon as the screen has shown what goes before it. */
  readonly typing?: readonly (readonly [seen: RegExp, typed: string])[]
  /** Milliseconds. */
  readonly deadline?: number
}

/** Runs a shell's command on a terminal of its own. */
export async function runOnTerminal(
  command: string,
  { cwd, env = process.env, typing = [], deadline = 15_000 }: TerminalOptions = {},
): Promise<Shown> {
  const child = spawn(
    "env",
    [
      // Tests that run in the background of a shell inherit that Ctrl-C is ignored.
      "--default-signal=INT",
      "script",
      "-qfec",
      // Wide enough that nothing is wrapped: what is left on the screen is read line by line.
      `stty cols 400 rows 60; ${command}`,
      "/dev/null",
    ],
    { cwd, env: { ...env, TERM: "xterm", CI: undefined, NO_COLOR: undefined, NODE_ENV: "" }, timeout: deadline },
  )
  const [open, ...later] = typing
  let [written, awaited] = ["", open]
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text
    if (!awaited?.[0].test(written)) return
    child.stdin.write(awaited[1])
    awaited = later.shift()
  })
  const [code] = await once(child, "close")
  return { code, written, screen: screenOf(written) }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes begin with one
const tokens = /\u001b\[(\d*)([A-Z])|\u001b\[[\d;?]*[a-z]|\r|\n|[^\u001b\r\n]+/g

/** As much of a terminal as programs that redraw lines need: cursor up, down and to a column, erase line. */
function screenOf(written: string): string[] {
  const lines: string[] = []
  let [row, column] = [0, 0]
  for (const [token, count, code] of written.matchAll(tokens)) {
    const line = lines[row] ?? ""
    if (token === "\n") row += 1
    else if (token === "\r") column = 0
    else if (code === "A") row -= Number(count || 1)
    else if (code === "B") row += Number(count || 1)
    else if (code === "G") column = Number(count || 1) - 1
    else if (code === "K") lines[row] = count === "2" ? "" : line.slice(0, column)
    else if (!token.startsWith("\u001b")) {
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + token.length)
      column += token.length
    }
  }
  // A cursor that went on leaves holes.
  const left = Array.from(lines, line => (line ?? "").trimEnd())
  return left.slice(0, left.findLastIndex(line => line !== "") + 1)
}

function hasScript(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux")
  } catch {
    return false
  }
}
