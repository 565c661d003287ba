import { closeSync, openSync } from "node:fs"
import { expect, it, onTestFinished } from "vitest"
import { createLog, logTo } from "./log.ts"

it.skipIf(process.platform !== "linux")("lets nobody fail for a log that finds no room", () => {
  const full = openSync("/dev/full", "w")
  onTestFinished(() => closeSync(full))
  const log = createLog("info", { region: "east", replica: "r1", release: "rel_0", arm: "default" }, logTo(full))
  expect(() => {
    for (let line = 0; line < 3; line++) log.info({ line }, "readiness")
  }).not.toThrow()
})
