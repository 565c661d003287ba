import { expect, it } from "vitest"
import type { KeysListResult } from "../results/keys.ts"
import { plain } from "../testing/plain.ts"
import { renderKeys } from "./keys.ts"

const key: KeysListResult[number] = {
  id: "key_1",
  tenant: "default",
  name: "website",
  createdAt: "2026-01-02T03:04:05Z",
  expiresAt: null,
  revokedAt: null,
}
const line = (state: string) => `key_1  default    website              2026-01-02  ${state}`
const now = new Date("2026-06-01T00:00:00Z")

it.each<[string, Partial<KeysListResult[number]>, string]>([
  ["that lasts", {}, "active"],
  ["that will expire", { expiresAt: "2026-07-01T00:00:00Z" }, "until 2026-07-01"],
  ["that has expired", { expiresAt: "2026-05-01T00:00:00Z" }, "expired"],
  [
    "that is revoked, whenever it would have expired",
    { expiresAt: "2026-07-01T00:00:00Z", revokedAt: "2026-02-01T00:00:00Z" },
    "revoked",
  ],
])("shows a key %s", (_name, part, state) => {
  expect(plain(renderKeys([{ ...key, ...part }], now))).toEqual([line(state)])
})

it("says how to make one when there is none", () => {
  expect(renderKeys([])).toEqual(["There are no keys. `chatops keys create` makes one."])
})
