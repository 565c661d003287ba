import { createInterface } from "node:readline/promises"
import { styleText } from "node:util"
import { ChatopsError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { ask } from "../client/ask.ts"
import { openConversation } from "../client/conversation.ts"
import { openSession } from "../client/open-session.ts"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import { errorLines } from "../render/errors.ts"
import type { ChatResult } from "../results/chat.ts"
import { UsageError } from "../usage/usage-error.ts"

export default class Chat extends ChatopsCommand<ChatResult | null> {
  static override summary = "Talk to the chatbot from the terminal."
  static override examples = [
    { description: "Ask one thing", command: '<%= config.bin %> chat "What can you do?"' },
    { description: "Hold a conversation; Ctrl-D ends it", command: "<%= config.bin %> chat" },
    { description: "Ask what a pipe says", command: "cat question.txt | <%= config.bin %> chat -" },
  ]
  static override args = {
    message: Args.string({
      description: "What to ask; `-` reads it from standard input, as does a pipe. Otherwise a conversation begins.",
      // Whoever parses would wait for ten milliseconds only.
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...environmentFlags,
    key: Flags.string({ summary: "API key to use; default: a session of its own.", env: "CHATOPS_API_KEY" }),
  }

  #wrote = false

  async run(): Promise<ChatResult | null> {
    const { args, flags } = await this.parse(Chat)
    const isPiped = args.message === "-" || (args.message === undefined && process.stdin.isTTY !== true)
    const text = isPiped ? await readStandardInput() : args.message
    if (text === undefined && this.jsonEnabled())
      throw new UsageError("--json answers one message", 'Name it: `chatops chat "What can you do?" --json`.')
    if (text?.trim() === "")
      throw new UsageError("there is nothing to ask", 'The message is empty: `chatops chat "What can you do?"`.')
    const environment = await this.environment(flags)
    const { signal } = this.interrupt
    return this.withServices(environment, async ({ target }) => {
      const { entry } = await target.inspect(signal)
      if (!entry.url) throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
      const key = flags.key ?? (await openSession(target, { url: entry.url, tenant: "default" }, signal))
      const door = { url: entry.url, key, model: environment.app.chat.model, signal }
      return text === undefined ? this.#converse(door) : this.#askOnce(door, text)
    })
  }

  async #askOnce(door: Door, text: string): Promise<ChatResult> {
    try {
      return await ask({ ...door, text, onText: piece => this.#write(piece) })
    } finally {
      // An answer that breaks off leaves its line open; what is said about it begins on its own.
      if (this.#wrote) this.#write("\n")
    }
  }

  async #converse(door: Door): Promise<null> {
    const conversation = await openConversation(door)
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    const prompt = styleText("cyan", "you › ")
    // In a turn Ctrl-C stops the answer, between turns it ends the talk.
    let stop: AbortController | undefined
    terminal.on("SIGINT", () => (stop ? stop.abort(new Error("stopped")) : terminal.close()))
    this.log(styleText("dim", `conversation ${conversation} · Ctrl-D ends it`))
    terminal.setPrompt(prompt)
    terminal.prompt()
    for await (const line of terminal) {
      if (line.trim() !== "") {
        stop = new AbortController()
        await this.#turn({ ...door, signal: AbortSignal.any([door.signal, stop.signal]) }, conversation, line)
        stop = undefined
      }
      if (door.signal.aborted) break
      terminal.prompt()
    }
    this.log("")
    return null
  }

  async #turn(door: Door, conversation: string, text: string): Promise<void> {
    try {
      const answer = await ask({ ...door, text, conversation, onText: piece => this.#write(piece) })
      this.log(styleText("dim", `\n${" ".repeat(6)}${answer.region ?? "?"} · ${answer.release ?? "?"}`))
    } catch (error) {
      const lines = door.signal.aborted ? [styleText("dim", "stopped")] : errorLines(error as Error)
      this.logToStderr(`\n${lines.join("\n")}`)
    }
  }

  #write(text: string): void {
    if (this.jsonEnabled()) return
    process.stdout.write(text)
    this.#wrote = true
  }
}

interface Door {
  readonly url: string
  readonly key: string
  readonly model: string
  readonly signal: AbortSignal
}

async function readStandardInput(): Promise<string> {
  const { text } = await import("node:stream/consumers")
  return (await text(process.stdin)).trim()
}
