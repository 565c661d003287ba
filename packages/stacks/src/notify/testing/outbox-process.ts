import { Outbox } from "../outbox.ts"
import { usualRetries } from "../retry-policy.ts"
import { Sender } from "../sender.ts"
import { sampleEvent } from "./sample-event.ts"

/** Run as a program: `send directory url secretFile` until it is killed, or `add directory url first count`. */
const [verb, directory = "", url = "", ...rest] = process.argv.slice(2)
const outbox = new Outbox(directory)
if (verb === "send") {
  new Sender(outbox, [{ url, secretFile: rest[0] ?? "" }], () => undefined, { ...usualRetries, first: 200 })
  setInterval(() => undefined, 60_000)
} else {
  const [first, count] = rest.map(Number)
  for (let epoch = first ?? 0; epoch < (first ?? 0) + (count ?? 0); epoch++) await outbox.add(sampleEvent(epoch), [url])
}
