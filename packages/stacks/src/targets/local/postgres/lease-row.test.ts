import type pg from "pg"
import { expect, it } from "vitest"
import { LeaseRow } from "./lease-row.ts"

const alone = { alone: true, length: 2_000 }

/** A server whose answers are in the hands of the test, and what it was asked. */
function fakeServer() {
  const asked: string[] = []
  let answer: () => Promise<void> = async () => undefined
  const client = {
    query: async (query: string | { text: string }, values: readonly unknown[] = []) => {
      const text = typeof query === "string" ? query : query.text
      const grantor = text.includes("insert") ? values[0] : /'([0-9a-f-]{36})'/.exec(text)?.[1]
      if (grantor === undefined) return { rows: [] }
      asked.push(`${text.includes("insert") ? "grant" : "count"} ${grantor}`)
      await answer()
      return { rowCount: 1 }
    },
  } as unknown as pg.Client
  const row = new LeaseRow({ ask: (_database, work) => work(client) }, "chatops")
  const answers = (how: () => Promise<void>) => {
    answer = how
  }
  return { row, asked, answers, grantors: () => asked.map(text => text.split(" ")[1]) }
}

it("counts under the name that it granted, and nothing while somebody confirms", async () => {
  const { row, asked, grantors } = fakeServer()
  await row.renew()
  expect(asked).toEqual([])
  await row.grant(alone)
  await row.renew()
  await row.renew()
  expect(new Set(grantors()).size).toBe(1)
  await row.grant({ ...alone, alone: false })
  await row.renew()
  expect(asked.map(text => text.split(" ")[0])).toEqual(["grant", "count", "count", "grant"])
})

it("grants anew after a count that nobody knows the end of: it may still come about", async () => {
  const { row, asked, answers, grantors } = fakeServer()
  await row.grant(alone)
  answers(() => Promise.reject(new Error("no answer in time")))
  await expect(row.renew()).rejects.toThrow("no answer in time")
  answers(async () => undefined)
  await row.renew()
  await row.renew()
  expect(asked.map(text => text.split(" ")[0])).toEqual(["grant", "count", "grant", "count"])
  const [first, counted, second, third] = grantors()
  expect([counted, third]).toEqual([first, second])
  expect(second).not.toBe(first)
})

it("makes one change after the other, so that what is granted last holds", async () => {
  const { row, asked, answers } = fakeServer()
  await row.grant(alone)
  const { promise, reject } = Promise.withResolvers<void>()
  answers(() => promise)
  const renewed = row.renew()
  const granted = row.grant({ ...alone, alone: false })
  const again = row.renew()
  while (asked.length < 2) await new Promise(resolve => setImmediate(resolve))
  answers(async () => undefined)
  expect(asked).toHaveLength(2)
  reject(new Error("no answer in time"))
  await Promise.allSettled([renewed, granted, again])
  expect(asked.map(text => text.split(" ")[0])).toEqual(["grant", "count", "grant"])
})
