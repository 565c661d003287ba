import { expect, it } from "vitest"
import { fakeState, fakeTarget } from "../operations/testing/fake-target.ts"
import { openSession } from "./open-session.ts"
import { type FakeEnd, fakeChatApi } from "./testing/fake-chat-api.ts"

const signal = AbortSignal.timeout(10_000)

async function open(end?: FakeEnd) {
  const { url, sessions } = await fakeChatApi([], end)
  const target = fakeTarget({ state: fakeState("east", url) })
  const session = openSession(target, { url, tenant: "acme" }, signal)
  return { target, sessions, session }
}

it("exchanges a token of its own for a key, and makes no key that would stand in the list", async () => {
  const { target, sessions, session } = await open()
  expect(await session).toBe("sk-session")
  expect(target.calls).toEqual(["token for acme, 60 s"])
  expect(sessions).toEqual([{ token: "token-1", nonce: expect.stringMatching(/^.{16,128}$/) }])
})

it("brings the same nonce again when the answer was lost, for a token works once", async () => {
  const { sessions, session } = await open("torn")
  await expect(session).rejects.toMatchObject({ code: "CHAT_UNREACHABLE" })
  expect(sessions.length).toBeGreaterThan(1)
  expect(new Set(sessions.map(({ nonce }) => nonce)).size).toBe(1)
})
