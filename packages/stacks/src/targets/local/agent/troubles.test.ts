import { expect, it } from "vitest"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { Troubles } from "./troubles.ts"

const patience = { witness: 10, primary: 100 }
const coded = new ChatopsError("MIGRATION_FAILED", "no")
const silent = new ChatopsError("WITNESS_UNREACHABLE", "silent")
const stumble = new Error("Connection terminated")

it("shows a silent witness only after a while, and no more once it has answered", () => {
  const troubles = new Troubles(patience)
  troubles.outcome("witness", silent, 0)
  expect(troubles.shown(10)).toBeNull()
  troubles.outcome("witness", silent, 5)
  expect(troubles.shown(11)).toMatchObject({ code: "WITNESS_UNREACHABLE" })
  troubles.outcome("witness", undefined, 12)
  expect(troubles.shown(12)).toBeNull()
})

it("shows what has a code at once, before what has none and fails again and again", () => {
  const troubles = new Troubles(patience)
  for (let times = 0; times < 4; times++) troubles.outcome("barrier", stumble, times)
  expect(troubles.shown(9)).toBeNull()
  troubles.outcome("barrier", stumble, 9)
  expect(troubles.shown(9)).toMatchObject({ code: "AGENT_FAILED" })
  troubles.outcome("promote", coded, 9)
  expect(troubles.shown(9)).toMatchObject({ code: "MIGRATION_FAILED" })
})

it("forgets, once the region serves, what failed on the way and will not be tried again", () => {
  const troubles = new Troubles(patience)
  troubles.outcome("promote", coded, 0)
  troubles.outcome("witness", silent, 0)
  troubles.atRest()
  expect(troubles.shown(11)).toMatchObject({ code: "WITNESS_UNREACHABLE" })
  troubles.outcome("witness", undefined, 11)
  expect(troubles.shown(11)).toBeNull()
})
