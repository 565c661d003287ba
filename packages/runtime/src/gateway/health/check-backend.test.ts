import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { expect, onTestFinished, test } from "vitest"
import { checkBackend } from "./check-backend.ts"

/** Answers on a thread of its own, when it is told to. */
const replica = `
  const { parentPort } = require("node:worker_threads")
  const server = require("node:http").createServer((request, response) => {
    parentPort.once("message", () => response.end())
    parentPort.postMessage("asked")
  })
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
`

test("a gateway that was away for longer than a check may take looks at the answer first", async () => {
  const worker = new Worker(replica, { eval: true })
  onTestFinished(async () => void (await worker.terminate()))
  const [port] = (await once(worker, "message")) as [number]
  const checked = checkBackend({ host: "127.0.0.1", port }, 100)
  await once(worker, "message")
  worker.postMessage("answer")
  const until = performance.now() + 200
  while (performance.now() < until);
  expect(await checked).toEqual({ passed: true })
})
