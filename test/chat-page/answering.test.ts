import { expect, it } from "vitest"
import { describeChat } from "./support/chat-suite.ts"
import { answers, ask, eventually } from "./support/visit.ts"

const slow = Array.from({ length: 200 }, (_, at) => `word${at}`).join(" ")

describeChat("answering", suite => {
  it("shows an answer while it comes, and tells once when it is complete", async () => {
    await using tab = await suite.visit()
    await tab.page.evaluate(() => {
      const seen = { said: [] as string[], shown: [] as string[] }
      Object.assign(window, { seen })
      const region = document.getElementById("announcements")
      const log = document.getElementById("log")
      if (region) new MutationObserver(() => seen.said.push(region.textContent)).observe(region, { childList: true })
      const note = () => seen.shown.push(document.querySelector(".answer .text")?.textContent ?? "")
      if (log) new MutationObserver(note).observe(log, { childList: true, subtree: true })
    })
    suite.api.plan({ kind: "answer", text: "one two three four five six seven eight", pace: 60 })
    await ask(tab.page, "Count")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    const seen = await tab.page.evaluate<{ said: string[]; shown: string[] }>("seen")
    const shown = [...new Set(seen.shown)]
    expect(shown.length).toBeGreaterThan(3)
    expect(shown.filter((text, at) => !text.startsWith(shown[at - 1] ?? ""))).toEqual([])
    expect(shown.at(-1)).toBe("one two three four five six seven eight")
    expect(seen.said).toEqual(["Answer: one two three four five six seven eight"])
  })

  it("names the region and the release that answered", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Who?")
    await eventually(() => tab.page.locator(".origin").textContent()).toBe("answered by west · rel_ab12")
    expect(await tab.page.locator(".origin").getAttribute("title")).toBe("Region west, release rel_ab12cd34ef56")
  })

  it("stops on Escape, cancels the answer, and asks again on request", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "answer", text: slow, pace: 20 })
    await ask(tab.page, "Long one")
    await answers(tab.page).getByText("word3").waitFor()
    await tab.page.keyboard.press("Escape")
    await tab.page.locator("#log").getByText("Stopped.").waitFor()
    await eventually(() => suite.api.aborted).toBe(1)
    await eventually(() => suite.api.cancelled.length).toBe(1)
    await tab.page.getByRole("button", { name: "Try again" }).click()
    await eventually(() => answers(tab.page).allTextContents()).toEqual(["You said: Long one"])
  })

  it("stops with the button, and gives the question back for editing", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "hang" })
    await ask(tab.page, "Wrong question")
    await tab.page.getByRole("button", { name: "Stop the answer" }).click()
    await tab.page.getByRole("button", { name: "Edit" }).click()
    expect(await tab.page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Wrong question")
    expect(await tab.page.locator(".message").count()).toBe(0)
  })

  it("does not send while an answer is coming, and keeps what was typed", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "answer", text: slow, pace: 20 })
    await ask(tab.page, "First")
    await answers(tab.page).getByText("word3").waitFor()
    await ask(tab.page, "Second")
    expect(await tab.page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Second")
    expect(suite.api.asked.length).toBe(1)
  })

  it("says when an answer ended at the length limit", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "answer", text: "Only the begin", cutOff: true })
    await ask(tab.page, "Long")
    await tab.page.getByText("The answer ended at the length limit.").waitFor()
  })

  it("copies an answer as it was written", async () => {
    await using tab = await suite.visit({ permissions: ["clipboard-read", "clipboard-write"] })
    suite.api.plan({ kind: "answer", text: "Some **bold** text" })
    await ask(tab.page, "Bold?")
    await tab.page.getByRole("button", { name: "Copy answer" }).click()
    await tab.page.locator("#log").getByText("Copied").waitFor()
    expect(await tab.page.evaluate(() => navigator.clipboard.readText())).toBe("Some **bold** text")
  })

  it("can be used with the keyboard alone", async () => {
    await using tab = await suite.visit()
    const { keyboard } = tab.page
    await eventually(() => tab.page.evaluate(() => document.activeElement?.id)).toBe("question")
    await keyboard.type("line one")
    await keyboard.press("Shift+Enter")
    await keyboard.type("line two")
    await keyboard.press("Enter")
    await eventually(() => answers(tab.page).count()).toBe(1)
    expect(suite.api.asked[0]?.body.input).toBe("line one\nline two")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("question")
    await keyboard.press("Shift+Tab")
    expect(await tab.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Copy answer")
    await keyboard.press("Shift+Tab")
    expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("log")
  })

  it("follows the answer only while the reader is at its end", async () => {
    await using tab = await suite.visit({ viewport: { width: 600, height: 400 } })
    const lines = Array.from({ length: 120 }, (_, at) => `line${at}`).join("\n\n")
    suite.api.plan({ kind: "answer", text: lines, pace: 15 })
    await ask(tab.page, "Many lines")
    const log = tab.page.getByRole("log")
    const distance = () => log.evaluate(element => element.scrollHeight - element.scrollTop - element.clientHeight)
    await answers(tab.page).getByText("line40", { exact: true }).waitFor()
    expect(await distance()).toBeLessThan(80)
    await log.evaluate(element => element.scrollTo(0, 0))
    await tab.page.getByRole("button", { name: "Jump to latest" }).waitFor()
    await answers(tab.page).getByText("line70", { exact: true }).waitFor({ state: "attached" })
    expect(await log.evaluate(element => element.scrollTop)).toBe(0)
    await tab.page.getByRole("button", { name: "Jump to latest" }).click()
    await answers(tab.page).getByText("line100", { exact: true }).waitFor()
    expect(await distance()).toBeLessThan(80)
    expect(await tab.page.getByRole("button", { name: "Jump to latest" }).isVisible()).toBe(false)
  })
})
