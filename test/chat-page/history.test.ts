import { expect, it } from "vitest"
import { describeChat } from "./support/chat-suite.ts"
import { answers, ask, eventually } from "./support/visit.ts"

describeChat("history", suite => {
  it("shows the conversation again after a reload", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "First")
    await eventually(() => answers(tab.page).count()).toBe(1)
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    await ask(tab.page, "Second")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: First", "You said: Second"])
    await tab.page.getByRole("button", { name: "Copy answer" }).nth(1).waitFor()
    await tab.page.reload()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: First", "You said: Second"])
    expect(await tab.page.locator(".bubble").allTextContents()).toEqual(["First", "Second"])
  })

  it("keeps several conversations apart, with a draft in each", async () => {
    await using tab = await suite.visit()
    const message = tab.page.getByRole("textbox", { name: "Message" })
    await ask(tab.page, "About cats and their whiskers")
    await eventually(() => answers(tab.page).count()).toBe(1)
    await message.fill("cat draft")
    await tab.page.getByRole("button", { name: "New conversation" }).click()
    expect(await message.inputValue()).toBe("")
    await ask(tab.page, "About dogs")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: About dogs"])
    expect(await tab.page.locator(".entry").allTextContents()).toEqual(["About dogs", "About cats and their whiskers"])
    await tab.page.getByRole("button", { name: "About cats and their whiskers", exact: true }).click()
    expect(await answers(tab.page).allTextContents()).toEqual(["You said: About cats and their whiskers"])
    expect(await message.inputValue()).toBe("cat draft")
    expect(new Set(suite.api.asked.map(each => each.body.conversation)).size).toBe(2)
  })

  it("lets an answer go on while another conversation is in front", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "answer", text: "slow answer with a few more words", pace: 60 })
    await ask(tab.page, "Slow")
    await answers(tab.page).getByText("slow answer").waitFor()
    await tab.page.getByRole("button", { name: "New conversation" }).click()
    await ask(tab.page, "Fast")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Fast"])
    await tab.page.getByRole("button", { name: "Slow", exact: true }).click()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["slow answer with a few more words"])
  })

  it("loads a long conversation from its end, and earlier messages on request", async () => {
    await using tab = await suite.visit()
    const conversation = suite.api.conversations.create()
    for (let turn = 1; turn <= 50; turn++) {
      suite.api.conversations.add(conversation, { question: `Question ${turn}`, answer: `Answer ${turn}` })
    }
    await tab.page.evaluate(id => sessionStorage.setItem("chatops.conversation", JSON.stringify(id)), conversation)
    await tab.page.reload()
    await tab.page.getByText("Answer 50", { exact: true }).waitFor()
    expect(await tab.page.locator(".message").count()).toBe(40)
    await tab.page.getByRole("button", { name: "Show earlier messages" }).click()
    await eventually(() => tab.page.locator(".message").count()).toBe(80)
    await tab.page.getByRole("button", { name: "Show earlier messages" }).click()
    await eventually(() => tab.page.locator(".message").count()).toBe(100)
    expect(await tab.page.getByRole("button", { name: "Show earlier messages" }).isVisible()).toBe(false)
    expect(await tab.page.locator(".bubble").first().textContent()).toBe("Question 1")
  })

  it("starts anew when the server does not know the conversation any more, and keeps the question", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "First")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    suite.api.conversations.forget(suite.api.asked[0]?.body.conversation ?? "")
    await ask(tab.page, "Second")
    await tab.page.getByText("That conversation is not on the server any more.").first().waitFor()
    expect(await tab.page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Second")
    expect(await tab.page.locator(".entry").count()).toBe(0)
    await tab.page.keyboard.press("Enter")
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Second"])
  })

  it("removes a conversation from the list after asking", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Remove me")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    const cross = tab.page.getByRole("button", { name: "Remove “Remove me” from this list" })
    await cross.click()
    await tab.page.getByRole("button", { name: "Keep" }).click()
    await cross.click()
    await tab.page.getByRole("button", { name: "Remove", exact: true }).click()
    expect(await tab.page.locator(".entry").count()).toBe(0)
    await tab.page.getByText("What can I help you with?").waitFor()
  })
})
