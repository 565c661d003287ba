import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"

/** Why nothing can be run on a terminal here; undefined when it can. */
export const noTerminal = hasScript() ? undefined : "no script(1) of util-linux, which makes terminals"

interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds after which it is ended. */
  readonly deadline?: number
}

/** A program on a terminal of its own, as a person sees it. */
export class Terminal {
  readonly #child: ChildProcess
  readonly #closed: Promise<number | null>
  #written = ""
  #seen = 0

  constructor([program, ...args]: readonly [string, ...string[]], surroundings: Surroundings = {}) {
    const { cwd, env = process.env, deadline = 120_000 } = surroundings
    const command = [program, ...args].map(word => `'${word.replaceAll("'", "'\\''")}'`).join(" ")
    // Wide enough that nothing is wrapped: what is left on the screen is read line by line. The shell steps aside,
    // because some shells die of a Ctrl-C that the program outlives.
    const script = ["script", "-qfec", `stty cols 400 rows 60; exec ${command}`, "/dev/null"]
    // Tests that run in the background of a shell inherit that Ctrl-C is ignored.
    this.#child = spawn("env", ["--default-signal=INT", ...script], {
      cwd,
      env: { ...env, TERM: "xterm", CI: undefined, NO_COLOR: undefined, NODE_ENV: "", VITEST: "" },
      stdio: ["pipe", "pipe", "inherit"],
      timeout: deadline,
    })
    this.#closed = once(this.#child, "close").then(([code]) => code as number | null)
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#written += text
      this.#child.emit("written")
    })
  }

  /** All that was written, with the terminal's codes. */
  get written(): string {
    return this.#written
  }

  /** What is on the screen and above it, without colours. */
  get screen(): string {
    return screenOf(this.#written)
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Resolves once this was shown after what was waited for before; rejects when the program ends without it. */
  async shows(pattern: RegExp): Promise<void> {
    let ended = false
    for (;;) {
      const found = pattern.exec(plain(this.#written).slice(this.#seen))
      if (found) {
        this.#seen += found.index + found[0].length
        return
      }
      if (ended) throw new Error(`ended without ${pattern}:\n${this.screen}`)
      ended = await Promise.race([this.#closed.then(() => true), once(this.#child, "written").then(() => false)])
    }
  }

  /** The program's exit code; null when it did not end in time. */
  end(): Promise<number | null> {
    return this.#closed
  }
}

/** Without colours and movements of the cursor. */
function plain(written: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes begin with one
  return written.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]|\u001B[78=>]|\r/g, "")
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes begin with one
const tokens = /\u001b\[(\d*)([A-Z])|\u001b\[[\d;?]*[a-z]|\r|\n|[^\u001b\r\n]+/g

/** As much of a terminal as programs that redraw lines need: cursor up, down and to a column, erase line. */
function screenOf(written: string): string {
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
  return left.join("\n").trimEnd()
}

function hasScript(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux")
  } catch {
    return false
  }
}
