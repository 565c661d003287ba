import { expect, it } from "vitest"
import { describeChat } from "./support/chat-suite.ts"
import { answers, ask, eventually } from "./support/visit.ts"

describeChat("session", suite => {
  it("exchanges the token of the address once and removes it from the address at once", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Hello")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Hello"])
    expect(tab.page.url()).toBe(suite.api.url)
    expect(await tab.page.evaluate(() => history.length)).toBeLessThanOrEqual(2)
    expect(await tab.page.evaluate(() => Object.keys(localStorage).join())).not.toContain("key")
  })

  it("keeps the key over a reload", async () => {
    await using tab = await suite.visit()
    await tab.page.getByText("What can I help you with?").waitFor()
    await tab.page.reload()
    await ask(tab.page, "Still there?")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Still there?"])
  })

  it("explains itself without a key, and says no to a wrong one", async () => {
    await using tab = await suite.visit({ address: suite.api.url })
    await tab.page.getByRole("heading", { name: "Open the chat with a key" }).waitFor()
    expect(await tab.page.locator("#sign-in").textContent()).toContain("chatops open")
    const field = tab.page.getByLabel("Or paste an API key")
    await field.fill("sk-wrong")
    await tab.page.getByRole("button", { name: "Use key" }).click()
    await tab.page.getByText("This key is not accepted.").waitFor()
    await field.fill(` ${suite.api.newKey()} `)
    await field.press("Enter")
    await ask(tab.page, "Hello")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Hello"])
  })

  it("is opened by a link although the first answer to it was lost", async () => {
    suite.api.lostExchanges = 1
    await using tab = await suite.visit()
    await ask(tab.page, "Hello")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Hello"])
  })

  it("answers a question that was asked before the link's key came, and is refused after that", async () => {
    const asked = Promise.withResolvers<void>()
    const signedIn = Promise.withResolvers<void>()
    suite.api.beforeExchange = asked.promise
    suite.api.beforeRefusal = () => {
      asked.resolve()
      return signedIn.promise
    }
    await using tab = await suite.visit()
    await ask(tab.page, "Hello")
    await tab.page.waitForFunction(() => sessionStorage.getItem("chatops.key") !== null)
    signedIn.resolve()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Hello"])
  })

  it("says that a link works once", async () => {
    const address = suite.api.link()
    await using first = await suite.visit({ address })
    await first.page.getByText("What can I help you with?").waitFor()
    await using second = await suite.visit({ address })
    await second.page.getByRole("heading", { name: "This link has been used" }).waitFor()
    expect(second.page.url()).toBe(suite.api.url)
  })

  it("keeps question and draft when the key expires, and goes on with a key from a new link in another tab", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "First")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: First"])
    suite.api.expireKeys()
    suite.api.plan({ kind: "answer", text: "Answered after all." })
    await ask(tab.page, "Second")
    await tab.page.getByRole("heading", { name: "Your session has ended" }).waitFor()
    await tab.page.getByText("Your question is kept").waitFor()

    const other = await tab.page.context().newPage()
    await other.goto(suite.api.link())
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: First", "Answered after all."])
    expect(await tab.page.locator("#sign-in").isVisible()).toBe(false)
    const conversation = suite.api.asked[0]?.body.conversation ?? ""
    expect(suite.api.conversations.texts(conversation)).toEqual([
      "First",
      "You said: First",
      "Second",
      "Answered after all.",
    ])
  })

  it("keeps an unsent draft over a lost session and a reload", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "First")
    // The whole turn: before it, there may be no conversation yet that a reload would ask for.
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    await tab.page.getByRole("textbox", { name: "Message" }).fill("half a thou")
    suite.api.expireKeys()
    await tab.page.reload()
    await tab.page.getByRole("heading", { name: "Your session has ended" }).waitFor()
    await tab.page.getByLabel("Or paste an API key").fill(suite.api.newKey())
    await tab.page.getByRole("button", { name: "Use key" }).click()
    await eventually(() => tab.page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a thou")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: First"])
  })

  it("gets its key from another open tab, and not again one that has expired", async () => {
    await using first = await suite.visit()
    await first.page.getByText("What can I help you with?").waitFor()
    const second = await first.page.context().newPage()
    await second.goto(suite.api.url)
    await ask(second, "Hello")
    await eventually(() => answers(second).allTextContents()).toEqual(["You said: Hello"])
    suite.api.expireKeys()
    await second.getByRole("button", { name: "Copy answer" }).waitFor()
    // A channel hears what is said after the page's own, which is older: by then the page has made up its mind.
    const keptAfterOffer = await second.evaluateHandle(() => {
      const { promise, resolve } = Promise.withResolvers<string | null>()
      new BroadcastChannel("chatops.session").onmessage = ({ data }) => {
        if (typeof data?.key === "string") resolve(sessionStorage.getItem("chatops.key"))
      }
      return { promise }
    })
    await ask(second, "Again")
    await second.getByRole("heading", { name: "Your session has ended" }).waitFor()
    // The first tab still believes in the key, and offers it.
    expect(await keptAfterOffer.evaluate(({ promise }) => promise)).toBeNull()
    expect(suite.api.unauthorized).toBe(1)
  })
})
