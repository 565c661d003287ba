import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent } from "@chatops/stacks/drill"
import type { Locator, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEvidence, signingKey } from "../../packages/cli/src/drill/evidence/index.ts"
import { renderReport } from "../../packages/cli/src/drill/report/render-report.ts"
import { sampleAccount } from "../../packages/cli/src/drill/testing/sample-account.ts"
import { sampleEvents } from "../../packages/cli/src/drill/testing/sample-drill.ts"
import { scratchDirectory } from "../../packages/cli/src/testing/scratch-directory.ts"
import { noBrowser, startBrowser, type TestBrowser } from "../support/browser.ts"

const marks = ["suspected", "claimed", "promoted", "opened", "acknowledged"]

describe.skipIf(noBrowser !== undefined)("the report of a drill", { meta: { skipReason: noBrowser } }, () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it("shows every moment of a failover in its order, and every part of the picture within it", async () => {
    await using shown = await open(browser, 1_200)
    const { page } = shown
    const places = await page
      .locator("[data-mark] line")
      .evaluateAll(lines => lines.map(line => Number(line.getAttribute("x1"))))
    const names = await page
      .locator("[data-mark]")
      .evaluateAll(found => found.map(mark => mark.getAttribute("data-mark")))
    expect(names).toEqual(marks)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(new Set(places).size).toBe(marks.length)
    for (const panel of ["requests", "latency", "lanes"])
      expect(await page.locator(`[data-panel=${panel}]`).count()).toBeGreaterThan(0)
    expect(
      await page
        .locator("svg")
        .first()
        .locator("[data-lane]")
        .evaluateAll(lanes => lanes.map(lane => lane.getAttribute("data-lane"))),
    ).toEqual(["east", "west"])
    expect(await beyondTheirPicture(page)).toEqual([])
    expect(await overlappingTexts(page)).toEqual([])
    expect(shown.complaints).toEqual([])
  })

  it("shows of a record as drills leave it who could acknowledge when, and who held it all besides", async () => {
    await using shown = await open(browser, 1_200)
    const [whole, closeUp] = [shown.page.locator("svg").first(), shown.page.locator("svg").nth(1)]
    expect(await barsIn(whole.locator("[data-lane=east]"))).toEqual(["east: open, epoch 1"])
    expect(await barsIn(whole.locator("[data-lane=west]"))).toEqual([
      "west: taking over, epoch 2",
      "west: open, epoch 2",
    ])
    expect(await barsIn(whole.locator("[data-lane-of=redundancy]"))).toEqual(["west is in sync", "east is in sync"])
    expect(await barsIn(closeUp.locator("[data-lane=west]"))).toEqual([
      "west: taking over, epoch 2",
      "west: open, epoch 2",
    ])
    const [before, after] = await whole
      .locator("[data-lane-of=redundancy] rect")
      .evaluateAll(bars => bars.map(bar => bar.getBoundingClientRect()))
    const [claim] = await whole
      .locator("[data-lane=west] rect")
      .evaluateAll(bars => bars.map(bar => bar.getBoundingClientRect()))
    expect(before!.right).toBeCloseTo(claim!.left, 0)
    expect(after!.left).toBeGreaterThan(claim!.right)
  })

  it("keeps names apart when several faults hold at once, one of them near the end", async () => {
    await using shown = await open(browser, 1_200, "light", [
      { event: "fault-made", at: 15_100, fault: { kind: "partition-regions", regions: ["east", "west"] } },
      { event: "fault-made", at: 15_200, fault: { kind: "lose-model", region: "europe-north-of-21-ch" } },
      { event: "fault-healed", at: 60_000, fault: { kind: "partition-regions", regions: ["east", "west"] } },
      { event: "fault-made", at: 74_000, fault: { kind: "partition-entry", region: "west" } },
    ])
    expect(await shown.page.locator("svg").first().locator("[data-fault]").count()).toBe(4)
    expect(await beyondTheirPicture(shown.page)).toEqual([])
    expect(await overlappingTexts(shown.page)).toEqual([])
  })

  it.each([
    [1_200, "light"],
    [1_200, "dark"],
    [400, "light"],
  ] as const)("fits a window of %i pixels, %s", async (width, colorScheme) => {
    await using shown = await open(browser, width, colorScheme)
    expect(await shown.page.evaluate("document.documentElement.scrollWidth")).toBe(width)
    const [ink, paper] = await shown.page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body)
      return [color, backgroundColor].map(text => Number(/\d+/.exec(text)?.[0]))
    })
    expect(colorScheme === "dark" ? ink! > paper! : ink! < paper!).toBe(true)
  })

  it("fits on paper", async () => {
    await using shown = await open(browser, 700)
    await shown.page.emulateMedia({ media: "print" })
    expect(await shown.page.evaluate("document.documentElement.scrollWidth")).toBe(700)
    expect(await beyondTheirPicture(shown.page)).toEqual([])
  })
})

async function open(
  browser: TestBrowser,
  width: number,
  colorScheme: "light" | "dark" = "light",
  others: readonly DrillEvent[] = [],
) {
  const directory = scratchDirectory()
  const events = [...others, ...sampleEvents()]
  const view = { commit: null, files: () => [], read: async () => new Map(), history: async () => [] }
  const { files } = await makeEvidence(sampleAccount({ events }), {
    view,
    key: await signingKey(directory),
    renderReport,
  })
  const file = join(directory, "report.html")
  writeFileSync(file, files.find(({ path }) => path.endsWith("report.html"))?.content ?? "")
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on("console", message => complaints.push(message.text()))
  page.on("request", request => request.url() !== `file://${file}` && complaints.push(request.url()))
  await page.goto(`file://${file}`)
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** What the bars of a lane say when they are pointed at, from left to right. */
const barsIn = (lane: Locator): Promise<(string | null)[]> =>
  lane.locator("rect").evaluateAll(bars => bars.map(bar => bar.textContent))

/** What is drawn or written beyond the edges of its picture, where nobody sees it. */
const beyondTheirPicture = (page: Page): Promise<string[]> =>
  page.locator("svg :is(rect, path, line, text, circle)").evaluateAll(found =>
    found.flatMap(element => {
      const [own, whole] = [element, element.closest("svg")!].map(each => each.getBoundingClientRect()) as [
        DOMRect,
        DOMRect,
      ]
      const inside =
        own.left >= whole.left - 1 &&
        own.right <= whole.right + 1 &&
        own.top >= whole.top - 1 &&
        own.bottom <= whole.bottom + 1
      return inside ? [] : [element.outerHTML.slice(0, 120)]
    }),
  )

/** Texts that cover each other. */
const overlappingTexts = (page: Page): Promise<string[]> =>
  page.locator("svg").evaluateAll(pictures =>
    pictures.flatMap(picture => {
      const texts = [...picture.querySelectorAll("text")].map(element => ({
        text: element.textContent?.trim() ?? "",
        box: element.getBoundingClientRect(),
      }))
      // Lines may touch: a box is higher than its letters.
      return texts.flatMap(({ text, box: a }, index) =>
        texts
          .slice(index + 1)
          .filter(({ box: b }) => a.left < b.right && b.left < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom)
          .map(other => `${text} / ${other.text}`),
      )
    }),
  )
