import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { RegisterStore } from "./register-store.ts"

const initial: Register = {
  epoch: 1,
  primary: "east",
  incarnation: null,
  inSync: null,
  durability: "async",
  onLoss: "degrade",
  lease: 2_000,
  claim: "in-sync",
  version: 1,
  nonce: "initial",
}

it("keeps what was written, and the first value only when there is none", async () => {
  const file = join(scratchDirectory(), "register.json")
  const store = await RegisterStore.open(file, initial)
  await store.write(1, { ...initial, version: 2, epoch: 2, primary: "west" })
  const reopened = await RegisterStore.open(file, initial)
  expect(reopened.read()).toMatchObject({ version: 2, epoch: 2, primary: "west" })
})

it("refuses an epoch that goes back and a version that jumps", async () => {
  const store = await RegisterStore.open(join(scratchDirectory(), "register.json"), { ...initial, epoch: 5 })
  expect(await store.write(1, { ...initial, version: 2, epoch: 4 })).toMatchObject({ written: false })
  expect(await store.write(1, { ...initial, version: 3, epoch: 6 })).toMatchObject({ written: false })
  expect(store.read()).toMatchObject({ version: 1, epoch: 5 })
})

it.each(["", "{", '{"epoch":1}'])("does not begin anew over a register that says %j", async content => {
  const file = join(scratchDirectory(), "register.json")
  writeFileSync(file, content)
  await expect(RegisterStore.open(file, initial)).rejects.toMatchObject({ code: "WITNESS_UNREADABLE" })
})

it("lets exactly one of many concurrent writers win each version", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 2, maxLength: 6 }), async rounds => {
      const store = await RegisterStore.open(join(scratchDirectory(), "register.json"), initial)
      for (const writers of rounds) {
        const base = store.read()
        const attempts = Array.from({ length: writers }, (_, index) => ({
          ...base,
          version: base.version + 1,
          nonce: `w${index}`,
        }))
        const results = await Promise.all(attempts.map(next => store.write(base.version, next)))
        const winners = attempts.filter((_, index) => results[index]?.written)
        expect(winners).toHaveLength(1)
        expect(store.read()).toEqual(winners[0])
      }
    }),
    { numRuns: 15 },
  )
})
