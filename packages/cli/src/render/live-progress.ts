import { styleText } from "node:util"
import { Listr, type ListrTaskWrapper } from "listr2"
import type { OperationEvent } from "../operations/operation-event.ts"
import { duration } from "./duration.ts"
import type { Progress } from "./progress.ts"

type Task = ListrTaskWrapper<unknown, never, never>

interface RunningStep {
  readonly parts: Map<string, string>
  /** Parts whose text was streamed: an answer is worth keeping, progress is not. */
  readonly streamed: Set<string>
  readonly finish: (end: { title: string; failed: boolean }) => void
  task: { title: string; output: string } | undefined
}

/** Redraws the running step in place; finished ones stay above it as plain lines, with the texts that were streamed. */
export class LiveProgress implements Progress {
  #drawing: Promise<unknown> = Promise.resolve()
  #running: RunningStep | undefined

  listen(event: OperationEvent): void {
    switch (event.type) {
      case "begun": {
        const verb = event.resumed ? "resuming" : "running"
        this.#print(styleText("dim", `${verb} ${event.kind} of ${event.environment} · ${event.id}`))
        break
      }
      case "step-started":
        // A question stands alone on the screen.
        if (event.step !== "confirm") this.#begin(event.step)
        break
      case "step-progress":
        this.note(event.part, event.text)
        break
      case "step-text":
        this.#running?.streamed.add(event.part)
        this.note(event.part, `${this.#running?.parts.get(event.part) ?? ""}${event.text}`)
        break
      case "step-finished":
        this.#end(`${event.step} ${styleText("dim", `${duration(event.durationMs)}  ${event.summary}`)}`, false)
        for (const line of event.details) this.#print(`  ${colourChange(line)}`)
        break
      case "step-failed":
        this.#end(`${event.step} ${styleText("dim", duration(event.durationMs))}`, true)
        break
    }
  }

  note(part: string, text: string): void {
    const running = this.#running
    if (!running) {
      this.#print(`  ${part}: ${text}`)
      return
    }
    running.parts.set(part, text)
    if (running.task) running.task.output = renderParts(running.parts)
  }

  async idle(): Promise<void> {
    await this.#drawing
  }

  #begin(title: string): void {
    const { promise, resolve } = Promise.withResolvers<{ title: string; failed: boolean }>()
    const running: RunningStep = { parts: new Map(), streamed: new Set(), finish: resolve, task: undefined }
    this.#running = running
    this.#drawing = this.#drawing.then(() => draw(title, running, promise))
  }

  #end(title: string, failed: boolean): void {
    const running = this.#running
    this.#running = undefined
    running?.finish({ title, failed })
    for (const part of running?.streamed ?? [])
      this.#print(`  ${part}: ${running?.parts.get(part)?.replaceAll("\n", "\n    ")}`)
  }

  #print(line: string): void {
    this.#drawing = this.#drawing.then(() => process.stdout.write(`${line}\n`))
  }
}

async function draw(
  title: string,
  running: RunningStep,
  end: Promise<{ title: string; failed: boolean }>,
): Promise<void> {
  const list = new Listr(
    [
      {
        title,
        task: async (_context, task) => {
          running.task = task as unknown as Task
          if (running.parts.size > 0) running.task.output = renderParts(running.parts)
          const { title, failed } = await end
          running.task.title = title
          if (failed) throw new Error(title)
        },
        rendererOptions: { outputBar: 1 },
      },
    ],
    { exitOnError: false, rendererOptions: { collapseErrors: true, showErrorMessage: false } },
  )
  await list.run()
}

const renderParts = (parts: ReadonlyMap<string, string>): string =>
  [...parts].map(([part, text]) => `${part}: ${text}`).join("\n")

function colourChange(line: string): string {
  if (line.startsWith("+")) return styleText("green", line)
  if (line.startsWith("~") || line.startsWith("!")) return styleText("yellow", line)
  if (line.startsWith("-")) return styleText("red", line)
  return styleText("dim", line)
}
