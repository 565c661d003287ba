import { expect, it } from "vitest"
import { fakeServices } from "../operations/testing/fake-services.ts"
import { fakeState, fakeTarget } from "../operations/testing/fake-target.ts"
import { chatPageAddress } from "./chat-page-address.ts"

const signal = AbortSignal.timeout(10_000)

it("is the entry with a short-lived token in the fragment, which browsers send to nobody", async () => {
  const target = fakeTarget({ state: fakeState("east", "http://127.0.0.1:8080") })
  const address = await chatPageAddress(fakeServices("/nowhere", { target }), signal)
  expect(address).toBe("http://127.0.0.1:8080/#token=token-1")
  expect(target.calls).toEqual(["token for default, 300 s"])
})

it("is refused, and no token made, where nobody would answer", async () => {
  const state = fakeState("east", "http://127.0.0.1:8080")
  const entry = { ...state.entry, reachable: false, healthy: false, detail: "not running" }
  const target = fakeTarget({ state: { ...state, entry } })
  await expect(chatPageAddress(fakeServices("/nowhere", { target }), signal)).rejects.toMatchObject({
    code: "CHAT_UNREACHABLE",
    message: "the entry http://127.0.0.1:8080 does not answer: not running",
  })
  expect(target.calls).toEqual([])
})

it("is refused, and no token made, where nothing is deployed", async () => {
  const target = fakeTarget({ state: fakeState(null) })
  const services = fakeServices("/nowhere", { target })
  await expect(chatPageAddress(services, signal)).rejects.toMatchObject({ code: "NOT_DEPLOYED" })
  expect(target.calls).toEqual([])
})
