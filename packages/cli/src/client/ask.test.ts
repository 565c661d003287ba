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
    const conversation = await openConversation({ url, key: "sk-1" })
    await ask({ ...question(url), conversation })
    expect(turns[0]?.body["conversation"]).toBe("conv_1")
  })

  it.each<[FakeEnd, string]>([
    ["failed", "the model refused"],
    ["error", "the region went away"],
    ["none", "the answer ended without being acknowledged"],
  ])("does not take an answer that ends with %s for an answer", async (end, message) => {
    const { url } = await fakeChatApi(["Half an"], end)
    await expect(ask(question(url))).rejects.toMatchObject({ code: "VERIFY_FAILED", message: `no answer: ${message}` })
  })

  it("says that a key was refused, and what to do", async () => {
    const { url } = await fakeChatApi([], "unauthorized")
    await expect(ask(question(url))).rejects.toMatchObject({ code: "KEY_UNKNOWN", exitCode: 2 })
  })

  it("says that nobody answers", async () => {
    await expect(ask({ ...question("http://127.0.0.1:1"), retries: 0 })).rejects.toMatchObject({
      code: "VERIFY_FAILED",
      exitCode: 6,
    })
  })

  it("ends with the caller's own reason when the caller ends it", async () => {
    const { url } = await fakeChatApi(["Half"], "hangs")
    const stop = new AbortController()
    const asking = ask({ ...question(url, () => stop.abort(new Error("enough"))), signal: stop.signal })
    await expect(asking).rejects.toThrow("enough")
  })
})
