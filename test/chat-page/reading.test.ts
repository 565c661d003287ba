import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { describeChat } from "./support/chat-suite.ts"
import { answers, ask, eventually } from "./support/visit.ts"

const wide = [
  "A paragraph with averyveryveryveryveryveryveryveryveryveryveryveryverylongword.",
  "```sh\nchatops failover --env production --to a-region-with-a-long-name --reason 'because we rehearse it'\n```",
  "| one | two | three | four | five | six |\n|---|---|---|---|---|---|\n| aaaaaaaa | bbbbbbbb | cccccccc | dddddddd | eeeeeeee | ffffffff |",
].join("\n\n")

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

function sideways(page: Page): Promise<number> {
  return page.evaluate(() => {
    const log = document.getElementById("log")
    const page = document.documentElement
    return Math.max(page.scrollWidth - page.clientWidth, log ? log.scrollWidth - log.clientWidth : 0)
  })
}

/** Relative luminance of what the page really stands on, after WCAG: 0 is black, 1 is white. */
function pageLuminance(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [, red = "", green = "", blue = ""] = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(
      getComputedStyle(document.body).backgroundColor,
    ) as RegExpExecArray
    const linear = [red, green, blue].map(Number).map(value => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0)
  })
}

describeChat("reading", suite => {
  it("fits a phone of 360 pixels, with fields large enough not to zoom", async () => {
    await using tab = await suite.visit(phone)
    suite.api.plan({ kind: "answer", text: wide })
    await ask(tab.page, "Something wide")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    expect(await sideways(tab.page)).toBe(0)
    const sizes = await tab.page
      .locator("input, textarea")
      .evaluateAll(fields => fields.map(field => Number.parseFloat(getComputedStyle(field).fontSize)))
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16)
    const send = await tab.page.locator("#send").boundingBox()
    expect(Math.min(send?.width ?? 0, send?.height ?? 0)).toBeGreaterThanOrEqual(44)
  })

  it("has the conversations in a drawer on a phone, which takes and gives back the focus", async () => {
    await using tab = await suite.visit(phone)
    await ask(tab.page, "Hello")
    await answers(tab.page).first().waitFor()
    const list = tab.page.getByRole("navigation", { name: "Conversations" })
    expect(await list.isVisible()).toBe(false)
    const opener = tab.page.getByRole("button", { name: "Conversations" })
    await opener.click()
    await list.waitFor()
    await eventually(() => tab.page.evaluate(() => document.activeElement?.id)).toBe("new-conversation")
    await tab.page.keyboard.press("Escape")
    await eventually(() => list.isVisible()).toBe(false)
    expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("open-conversations")
  })

  it("stays usable at 200 % zoom on a small laptop", async () => {
    await using tab = await suite.visit({ viewport: { width: 640, height: 360 } })
    await ask(tab.page, "Hello")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    expect(await sideways(tab.page)).toBe(0)
    const log = await tab.page.getByRole("log").boundingBox()
    expect(log?.height).toBeGreaterThan(150)
  })

  it("has a name and a role for everything that can be used", async () => {
    await using tab = await suite.visit()
    await ask(tab.page, "Hello")
    await tab.page.getByRole("button", { name: "Copy answer" }).waitFor()
    const tree = await tab.page.locator("body").ariaSnapshot()
    expect(tree).toContain('heading "support-bot" [level=1]')
    expect(tree).toContain('navigation "Conversations"')
    expect(tree).toContain('log "Conversation"')
    expect(tree).toContain('heading "You" [level=2]')
    expect(tree).toContain('heading "Answer" [level=2]')
    expect(tree).toContain('textbox "Message"')
    expect(tree).toContain('button "Send" [disabled]')
    expect(tree).not.toMatch(/button(:|$)/m)
    expect(await tab.page.locator("#log").getAttribute("aria-live")).toBe("off")
  })

  it("is a light page or a dark one, as the device is set, and changes with it", async () => {
    await using tab = await suite.visit({ colorScheme: "dark" })
    expect(await pageLuminance(tab.page)).toBeLessThan(0.1)
    await tab.page.emulateMedia({ colorScheme: "light" })
    expect(await pageLuminance(tab.page)).toBeGreaterThan(0.8)
  })

  for (const colorScheme of ["light", "dark"] as const) {
    it(`keeps text readable against what it stands on in ${colorScheme} mode`, async () => {
      await using tab = await suite.visit({ colorScheme })
      const ratios = await tab.page.evaluate(() => {
        const style = getComputedStyle(document.documentElement)
        const pairs = [
          ["--ink", "--page"],
          ["--ink", "--tint"],
          ["--ink", "--hover"],
          ["--soft", "--page"],
          ["--soft", "--aside"],
          ["--soft", "--code"],
          ["--soft", "--hover"],
          ["--on-accent", "--accent"],
          ["--accent", "--page"],
          ["--danger", "--page"],
          ["--ink", "--danger-tint"],
        ]
        const luminance = (name: string) => {
          const hex = style.getPropertyValue(name).trim().slice(1)
          const [red = 0, green = 0, blue = 0] = [0, 2, 4].map(at => {
            const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
          })
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue
        }
        return pairs.map(([text = "", ground = ""]) => {
          const [dark = 0, light = 0] = [luminance(text), luminance(ground)].sort((a, b) => a - b)
          return { pair: `${text} on ${ground}`, ratio: (light + 0.05) / (dark + 0.05) }
        })
      })
      expect(ratios.filter(({ ratio }) => !(ratio >= 4.5))).toEqual([])
    })
  }
})
