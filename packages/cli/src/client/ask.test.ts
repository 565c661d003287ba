import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { describe, expect, it } from "vitest"
import { ask } from "./ask.ts"
import { openConversation } from "./conversation.ts"
import { type FakeEnd, fakeChatApi } from "./testing/fake-chat-api.ts"

const question = (url: string, onText: (piece: string) => void = () => {}) => ({
  url,
  key: "sk-1",
  model: "gpt-5-mini",
  text: "Hello",
  signal: AbortSignal.timeout(10_000),
  onText,
})

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

describe("asking", () => {
  it("hands on each piece as it comes, and returns the whole answer with who gave it", async () => {
    const { url, turns } = await fakeChatApi(["Good ", "morning"])
    const pieces: string[] = []
    const answer = await ask(question(url, piece => void pieces.push(piece)))
    expect(pieces).toEqual(["Good ", "morning"])
    expect(answer).toEqual({ id: "resp_1", text: "Good morning", region: "east", release: "rel_1" })
    expect(turns).toMatchObject([{ key: "sk-1", body: { input: "Hello", model: "gpt-5-mini", stream: true } }])
  })

  it("goes on in a conversation when it is given one", async () => {
    const { url, turns } = await fakeChatApi(["Yes"])
    const conversation = await openConversation({ url, key: "sk-1", signal: AbortSignal.timeout(10_000) })
    await ask({ ...question(url), conversation })
    expect(turns[0]?.body["conversation"]).toBe("conv_1")
  })

  it.each<[FakeEnd, string, number, string | RegExp]>([
    ["failed", "CHAT_FAILED", 6, "the chatbot could not answer: the model refused"],
    ["error", "CHAT_CUT_SHORT", 6, "the answer broke off: the region went away"],
    ["none", "CHAT_CUT_SHORT", 6, "the answer ended without being acknowledged"],
    ["torn", "CHAT_CUT_SHORT", 6, /^the answer broke off: ./],
    ["unauthorized", "KEY_UNKNOWN", 2, "the API key was refused: 401 unknown key"],
    ["too-long", "CHAT_REFUSED", 2, "the chatbot refused: 413 the body is larger than 1 MiB"],
    ["away", "CHAT_FAILED", 6, "the chatbot could not answer: 503 no region can answer"],
  ])("does not take what ends with %s for an answer, and calls it %s", async (end, code, exitCode, message) => {
    const { url } = await fakeChatApi(["Half an"], end)
    const says = typeof message === "string" ? message : expect.stringMatching(message)
    await expect(ask({ ...question(url), retries: 0 })).rejects.toMatchObject({ code, exitCode, message: says })
  })

  it("says where nobody answers, and what the system said", async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`
    const nowhere = {
      code: "CHAT_UNREACHABLE",
      exitCode: 6,
      message: `${url} does not answer: connect ECONNREFUSED ${url.slice("http://".length)}`,
    }
    await expect(ask({ ...question(url), retries: 0 })).rejects.toMatchObject(nowhere)
    await expect(openConversation(question(url))).rejects.toMatchObject(nowhere)
  })

  it("ends with the caller's own reason when the caller ends it", async () => {
    const { url } = await fakeChatApi(["Half"], "hangs")
    const stop = new AbortController()
    const asking = ask({ ...question(url, () => stop.abort(new Error("enough"))), signal: stop.signal })
    await expect(asking).rejects.toThrow("enough")
  })
})
