import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import { path } from "@chatops/runtime/contract"
import { onTestFinished } from "vitest"

export interface FakeChatApi {
  readonly url: string
  /** Bodies of the turns that were sent, with the key they came with. */
  readonly turns: { readonly key: string; readonly body: Record<string, unknown> }[]
  /** Bodies of the sessions that were asked for. */
  readonly sessions: Record<string, unknown>[]
}

/** How an answer ends: acknowledged, refused by the model, by an error, just over, torn off, never, or not begun at all. */
export type FakeEnd =
  | "completed"
  | "failed"
  | "error"
  | "none"
  | "torn"
  | "hangs"
  | "unauthorized"
  | "too-long"
  | "away"

/** Answers every turn with the same pieces, as a runtime in `east` does. Gone when the test is. */
export async function fakeChatApi(pieces: readonly string[], end: FakeEnd = "completed"): Promise<FakeChatApi> {
  const turns: FakeChatApi["turns"] = []
  const sessions: FakeChatApi["sessions"] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || "{}")
    if (request.url === "/v1/conversations") {
      response.setHeader("content-type", "application/json").end(JSON.stringify({ id: "conv_1" }))
      return
    }
    if (request.url === path.chatSession) {
      sessions.push(body)
      if (end === "torn") response.destroy()
      else response.setHeader("content-type", "application/json").end(JSON.stringify({ key: "sk-session" }))
      return
    }
    turns.push({ key: request.headers.authorization?.replace("Bearer ", "") ?? "", body })
    const refusal = refusals[end]
    if (refusal) {
      const [status, message] = refusal
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }))
      return
    }
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "x-chatops-region": "east",
      "x-chatops-release": "rel_1",
    })
    const deltas = pieces.map(delta => ({ type: "response.output_text.delta", delta }))
    for (const event of [...deltas, ...endings[end]])
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    // Not before what was written has gone out.
    if (end === "torn") response.write("", () => response.destroy())
    else if (end !== "hangs") response.end()
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the fake did not listen")
  return { url: `http://127.0.0.1:${address.port}`, turns, sessions }
}

const endings: Readonly<Record<FakeEnd, readonly { readonly type: string; readonly [field: string]: unknown }[]>> = {
  completed: [{ type: "response.completed", response: { id: "resp_1" } }],
  failed: [{ type: "response.failed", response: { error: { message: "the model refused" } } }],
  error: [{ type: "error", code: "stream_interrupted", message: "the region went away" }],
  none: [],
  torn: [],
  hangs: [],
  unauthorized: [],
  "too-long": [],
  away: [],
}

const refusals: Partial<Readonly<Record<FakeEnd, readonly [status: number, message: string]>>> = {
  unauthorized: [401, "unknown key"],
  "too-long": [413, "the body is larger than 1 MiB"],
  away: [503, "no region can answer"],
}
