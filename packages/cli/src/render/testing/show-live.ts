import type { OperationEvent } from "../../operations/operation-event.ts"
import { LiveProgress } from "../live-progress.ts"

// Shows the events that it is given, as an operation does; after a piece of a text it waits until that was drawn.
const events = JSON.parse(process.argv[2] ?? "[]") as OperationEvent[]
const progress = new LiveProgress()
for (const event of events) {
  progress.listen(event)
  if (event.type === "step-text") await drawn(event.text.split("\n").at(-1) ?? "")
}
await progress.idle()

/** Seen below `write`, which the renderer replaces while it draws. */
function drawn(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const write = process.stdout._write
  process.stdout._write = (chunk, encoding, done) => {
    if (String(chunk).includes(text)) resolve()
    write.call(process.stdout, chunk, encoding, done)
  }
  return promise.finally(() => {
    process.stdout._write = write
  })
}
