import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core"

const candidates = [
  process.env["CHATOPS_TEST_BROWSER"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]

/** Path of a Chromium on this machine, if there is one. */
export const browserPath = candidates.find(path => path !== undefined && existsSync(path))

/** Why tests that need a browser do not run here; undefined when they do. */
export const noBrowser =
  browserPath === undefined ? "Chromium is not installed (Debian: apt-get install chromium)" : undefined

export interface TestBrowser {
  /** A context with storage of its own, closed by the caller or with the browser. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>
  close(): Promise<void>
}

/** Starts a headless Chromium with a fresh profile; `close` removes the profile too. */
export async function startBrowser(): Promise<TestBrowser> {
  if (browserPath === undefined) throw new Error(noBrowser)
  const profile = await mkdtemp(join(tmpdir(), "chatops-browser-"))
  const browser = await chromium.launch({
    executablePath: browserPath,
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    // Chromium keeps profile, caches and crash reports below these.
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  })
  return {
    newContext: options => browser.newContext(options),
    async close() {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
