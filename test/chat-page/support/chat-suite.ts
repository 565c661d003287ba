import { afterAll, beforeAll, beforeEach, describe } from "vitest"
import { noBrowser, startBrowser, type TestBrowser } from "../../support/browser.ts"
import { FakeApi } from "./fake-api.ts"
import { type Visit, visit } from "./visit.ts"

export interface ChatSuite {
  /** New for every test. */
  readonly api: FakeApi
  /** Opens a tab with storage of its own, by default through a one-time link. */
  visit(options?: Parameters<typeof visit>[2]): Promise<Visit>
}

/** A suite about the chat page in a real browser; skipped where there is none. */
export function describeChat(title: string, tests: (suite: ChatSuite) => void): void {
  describe.skipIf(noBrowser !== undefined)(title, { meta: { skipReason: noBrowser } }, () => {
    let browser: TestBrowser
    let api: FakeApi
    beforeAll(async () => {
      browser = await startBrowser()
    })
    beforeEach(async () => {
      api = await FakeApi.start()
      return () => api.close()
    })
    afterAll(() => browser?.close())
    tests({
      get api() {
        return api
      },
      visit: options => visit(browser, api, options),
    })
  })
}
