import fc from "fast-check"
import { expect, test } from "vitest"
import { SessionLost } from "./database-error.ts"
import type { Session } from "./session.ts"
import { SessionPool } from "./session-pool.ts"

/** A server that opens sessions when it is told to. */
class Server {
  opened = 1
  readonly opening: { resolve: () => void; refuse: () => void }[] = []
  readonly pool: SessionPool

  constructor(size: number) {
    this.pool = new SessionPool(session(), { open: () => this.#open(), size, onLost: () => {} })
  }

  #open(): Promise<Session> {
    return new Promise((resolve, reject) => {
      this.opening.push({
        resolve: () => {
          this.opened += 1
          resolve(session())
        },
        refuse: () => reject(new SessionLost("no room", { refused: true, reason: "full" })),
      })
    })
  }
}

const session = (): Session => ({ lost: false, onLost: () => {}, close: () => {} }) as unknown as Session

/** Work that ends when it is told to. */
function work() {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  const run = async () => {
    begin()
    await over
  }
  return { begun, end, run }
}

/** Until all that can go on by itself has. */
const settled = () => new Promise(resolve => setImmediate(resolve))

test("sessions are opened for those that wait, and as many at a time as there are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }), async (asked, size) => {
      const server = new Server(size)
      const works = Array.from({ length: asked }, work)
      const done = works.map(({ run }) => server.pool.run(10_000, run))
      const wanted = Math.min(asked, size)
      await settled()
      while (server.opened < wanted) {
        expect(server.opening.length).toBe(Math.min(server.opened, wanted - server.opened))
        for (const { resolve } of server.opening.splice(0)) resolve()
        await settled()
      }
      expect(server.opening).toEqual([])
      for (const { end } of works) end()
      await Promise.all(done)
    }),
  )
})

test("those that wait are served by the sessions that are there, where no other can be opened", async () => {
  const server = new Server(4)
  const [first, second, third] = [work(), work(), work()]
  const done = [first, second, third].map(({ run }) => server.pool.run(10_000, run))
  await first.begun
  server.opening.shift()?.refuse()
  await settled()
  for (const { end } of [first, second, third]) end()
  await Promise.all(done)
  expect(server.opened).toBe(1)
})

test("what the others wait for goes first", async () => {
  const { pool } = new Server(1)
  const holder = work()
  const order: string[] = []
  const note = (name: string) => async () => void order.push(name)
  const done = [pool.run(10_000, holder.run), pool.run(10_000, note("request")), pool.run(10_000, note("request"))]
  await holder.begun
  done.push(pool.run(10_000, note("lease"), { first: true }))
  holder.end()
  await Promise.all(done)
  expect(order).toEqual(["lease", "request", "request"])
})
