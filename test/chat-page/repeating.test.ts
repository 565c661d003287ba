import { expect, it } from "vitest"
import { type ChatSuite, describeChat } from "./support/chat-suite.ts"
import { answers, ask, eventually } from "./support/visit.ts"

const unavailable = { kind: "status", status: 503, code: "no_replica_available" } as const

function keysAsked(suite: ChatSuite): number {
  return new Set(suite.api.asked.map(each => each.key)).size
}

describeChat("repeating", suite => {
  for (const how of ["event", "cut"] as const) {
    it(`asks again by itself with the same key when a stream breaks by ${how}, and shows one answer`, async () => {
      await using tab = await suite.visit()
      suite.api.plan({ kind: "break", text: "This half is lost for good", words: 3, how }, unavailable)
      suite.api.plan({ kind: "answer", text: "A whole other answer.", region: "west" })
      await ask(tab.page, "Question")
      await tab.page.getByText("Connection lost, asking again…").waitFor()
      await eventually(() => answers(tab.page).allTextContents()).toEqual(["A whole other answer."])
      expect(suite.api.asked.length).toBe(3)
      expect(keysAsked(suite)).toBe(1)
      expect(new Set(suite.api.asked.map(each => JSON.stringify(each.body))).size).toBe(1)
      expect(await tab.page.locator(".origin").textContent()).toBe("answered by west · rel_ab12 · asked 3 times")
      expect(tab.complaints).toEqual([])
    })
  }

  it("waits as long as a busy server asks for", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "status", status: 429, code: null, retryAfter: 1 })
    const start = Date.now()
    await ask(tab.page, "Question")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Question"])
    expect(Date.now() - start).toBeGreaterThan(990)
    expect(keysAsked(suite)).toBe(1)
  })

  it("does not repeat what cannot succeed, but offers to", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "status", status: 500, code: "internal_error" })
    await ask(tab.page, "Question")
    await tab.page.locator("#log").getByText("Refused with 500.").waitFor()
    expect(suite.api.asked.length).toBe(1)
    await tab.page.getByRole("button", { name: "Try again" }).click()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Question"])
    expect(keysAsked(suite)).toBe(1)
  })

  it("gives up after several tries and then waits for the person", async () => {
    await using tab = await suite.visit()
    suite.api.plan(...Array.from({ length: 8 }, () => unavailable))
    await tab.page.clock.install()
    await ask(tab.page, "Question")
    await expect
      .poll(
        async () => {
          await tab.page.clock.runFor(8_000)
          return tab.page.locator("#log").getByText("The service is not available right now.").isVisible()
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    expect(suite.api.asked.length).toBe(8)
    await tab.page.getByRole("button", { name: "Try again" }).click()
    await eventually(() => suite.api.asked.length).toBe(9)
    expect(keysAsked(suite)).toBe(1)
  })

  it("repeats a pending question after a reload with the same key, and gets the one turn", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "hang" }, { kind: "answer", text: "Here it is." })
    await ask(tab.page, "Question")
    await eventually(() => suite.api.asked.length).toBe(1)
    await tab.page.reload()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["Here it is."])
    expect(await tab.page.locator(".bubble").allTextContents()).toEqual(["Question"])
    expect(keysAsked(suite)).toBe(1)
  })

  it("shows a turn once that was stored just before the reload", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Question")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Question"])
    const { key, body } = suite.api.asked[0]!
    const question = { key, conversation: body.conversation, text: body.input, state: "pending" }
    await tab.page.evaluate(value => sessionStorage.setItem("chatops.unanswered", value), JSON.stringify([question]))
    await tab.page.reload()
    await eventually(() => suite.api.asked.length).toBe(2)
    await eventually(() => tab.page.evaluate(() => sessionStorage.getItem("chatops.unanswered"))).toBe("[]")
    await eventually(() => tab.page.locator(".message").allTextContents()).toHaveLength(2)
  })

  it("keeps a question while offline and sends it when the network is back", async () => {
    await using tab = await suite.visit()
    await tab.page.getByText("What can I help you with?").waitFor()
    await tab.page.context().setOffline(true)
    await tab.page.getByText("You are offline.").first().waitFor()
    await ask(tab.page, "Question")
    await tab.page.getByText("Waiting for the network").waitFor()
    await tab.page.context().setOffline(false)
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Question"])
    expect(await tab.page.locator("#notice").isVisible()).toBe(false)
  })
})
