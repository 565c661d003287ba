import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { bin, type Surroundings } from "./chatops.ts"

const program = "/usr/bin/script"

/** Why tests that need a terminal do not run here; undefined when they do. */
export const noTerminal = existsSync(program) ? undefined : "script(1) is not installed (Debian: bsdutils)"

/** A command on a terminal of its own, as a person sees it. */
export class Terminal {
  readonly #child: ChildProcess
  #output = ""

  constructor(args: readonly string[], { cwd, env = {} }: Surroundings) {
    const command = [process.execPath, bin, ...args].map(argument => `'${argument.replaceAll("'", "'\\''")}'`).join(" ")
    this.#child = spawn(program, ["-qfec", `stty cols 120 rows 50; ${command}`, "/dev/null"], {
      cwd,
      env: { ...process.env, NODE_ENV: "", VITEST: "", CI: "", TERM: "xterm-256color", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    })
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text
      this.#child.emit("output")
    })
  }

  /** Everything so far, without colours and movements of the cursor. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are driven by them
    return this.#output.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]|\u001B[78=>]|\r/g, "")
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Resolves once the pattern was shown after what had been seen before; rejects when the command ends without it. */
  async shows(pattern: RegExp): Promise<void> {
    const closed = once(this.#child, "close")
    while (!pattern.test(this.text)) {
      const [ended] = await Promise.race([closed.then(() => [true]), once(this.#child, "output").then(() => [false])])
      if (ended && !pattern.test(this.text)) throw new Error(`ended without ${pattern}:\n${this.text}`)
    }
  }

  /** Exit code of the command. */
  async end(): Promise<number> {
    if (this.#child.exitCode === null) await once(this.#child, "close")
    return this.#child.exitCode ?? 1
  }
}
