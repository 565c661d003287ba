import { countsPerGrant } from "@chatops/runtime/contract"
import type pg from "pg"
import { expect, it } from "vitest"
import { LeaseRow } from "./lease-row.ts"

const alone = { alone: true, length: 2_000 }

/** A server whose answers are in the hands of the test, and what it was asked: grants, and counts. */
function fakeServer() {
  const asked: ("grant" | number)[] = []
  let count = 1
  let answer: () => Promise<void> = async () => undefined
  const client = {
    query: async (query: string | { text: string }) => {
      const text = typeof query === "string" ? query : query.text
      if (text.startsWith("select (select")) return { rows: [{ grantor: null, count: String(count) }] }
      const [, set] = /setval\(.*, (\d+)\)/.exec(text) ?? []
      if (set === undefined && !text.includes("insert")) return { rows: [] }
      asked.push(set === undefined ? "grant" : Number(set))
      await answer()
      if (set !== undefined) count = Number(set)
      return { rowCount: 1 }
    },
  } as unknown as pg.Client
  const row = new LeaseRow({ ask: (_database, work) => work(client) }, "chatops")
  const answers = (how: () => Promise<void>) => {
    answer = how
  }
  return { row, asked, answers }
}

const inGrant = (grant: number, count: number) => grant * countsPerGrant + count

it("counts in the grant that it made, and nothing while somebody confirms", async () => {
  const { row, asked } = fakeServer()
  await row.renew()
  expect(asked).toEqual([])
  await row.grant(alone)
  await row.renew()
  await row.renew()
  await row.grant({ ...alone, alone: false })
  await row.renew()
  expect(asked).toEqual(["grant", inGrant(1, 0), inGrant(1, 1), inGrant(1, 2), "grant", inGrant(2, 0)])
})

it("grants anew after a count that nobody knows the end of: it may still come about", async () => {
  const { row, asked, answers } = fakeServer()
  await row.grant(alone)
  answers(() => Promise.reject(new Error("no answer in time")))
  await expect(row.renew()).rejects.toThrow("no answer in time")
  answers(async () => undefined)
  await row.renew()
  await row.renew()
  expect(asked).toEqual(["grant", inGrant(1, 0), inGrant(1, 1), "grant", inGrant(2, 0), inGrant(2, 1)])
})

it("makes one change after the other, so that what is granted last holds", async () => {
  const { row, asked, answers } = fakeServer()
  await row.grant(alone)
  const { promise, reject } = Promise.withResolvers<void>()
  answers(() => promise)
  const renewed = row.renew()
  const granted = row.grant({ ...alone, alone: false })
  const again = row.renew()
  while (asked.length < 3) await new Promise(resolve => setImmediate(resolve))
  answers(async () => undefined)
  expect(asked).toEqual(["grant", inGrant(1, 0), inGrant(1, 1)])
  reject(new Error("no answer in time"))
  await Promise.allSettled([renewed, granted, again])
  expect(asked.slice(3)).toEqual(["grant", inGrant(2, 0)])
})
