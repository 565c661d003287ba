import type { BrowserContextOptions, Page } from "playwright-core"
import { expect } from "vitest"
import type { TestBrowser } from "../../support/browser.ts"
import type { FakeApi } from "./fake-api.ts"

/** A person's tab, and what went wrong in it. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Errors of the page, of the console, and violations of the content security policy. */
  readonly complaints: string[]
  /** Addresses requested from anywhere but the server. */
  readonly foreign: string[]
}

/** Opens a tab with storage of its own at the server's one-time link, or at `address`. */
export async function visit(
  browser: TestBrowser,
  api: FakeApi,
  { address = api.link(), ...options }: BrowserContextOptions & { address?: string } = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const foreign: string[] = []
  page.on("pageerror", error => complaints.push(`error: ${error.message}`))
  page.on("console", message => {
    // Chromium reports every refused or cut request here; those are what the tests provoke.
    const provoked = message.text().startsWith("Failed to load resource")
    if (message.type() === "error" && !provoked) complaints.push(`console: ${message.text()}`)
  })
  page.on("request", request => {
    if (!request.url().startsWith(api.url)) foreign.push(request.url())
  })
  await page.goto(address)
  return { page, complaints, foreign, [Symbol.asyncDispose]: () => context.close() }
}

/** Writes a question and sends it as most people do. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(question)
  await page.keyboard.press("Enter")
}

/** The answers on the page, each as a person reads it. */
export function answers(page: Page) {
  return page.locator(".answer .text")
}

/** Expects something that becomes true soon, on a busy machine too. */
export function eventually<T>(look: () => Promise<T> | T) {
  return expect.poll(look, { timeout: 15_000, interval: 20 })
}
