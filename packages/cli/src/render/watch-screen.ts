const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"
const home = "\u001b[H"
const clearLine = "\u001b[K"
const clearBelow = "\u001b[J"

/** A screen of its own that is drawn again and again; the one before comes back when it closes, or the process ends. */
export class WatchScreen {
  readonly #terminal: NodeJS.WriteStream
  readonly #close = () => this.close()
  #closed = false

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal
    terminal.write(enter)
    process.once("exit", this.#close)
  }

  /** Lines that do not fit below are left out: scrolling would draw everything double. */
  draw(lines: readonly string[]): void {
    const visible = lines.slice(0, Math.max(1, this.#terminal.rows - 1))
    this.#terminal.write(`${home}${visible.map(line => `${line}${clearLine}\n`).join("")}${clearBelow}`)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    process.removeListener("exit", this.#close)
    this.#terminal.write(leave)
  }
}
