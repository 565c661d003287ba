import { expect, it } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"

const soon = () => AbortSignal.timeout(40_000)
/** Far more than a reload needs from a postmaster that is awake. */
const questions = 300

it("does not take a postmaster that was only asked to reload for one that has", async () => {
  const { database } = (await scratchRegions()).east
  await database.initialise()
  await database.start(undefined, soon())
  await database.reload()
  let isOver = false
  await database.query("postgres", async watcher => {
    await watcher.query("alter system set work_mem to '7MB'")
    database.process?.kill("SIGSTOP")
    const reloading = database.reload().finally(() => {
      isOver = true
    })
    try {
      for (let asked = 0; asked < questions; asked++) await watcher.query("select")
      expect(isOver).toBe(false)
    } finally {
      database.process?.kill("SIGCONT")
    }
    await reloading
  })
  const { rows } = await database.query("postgres", client => client.query("show work_mem"))
  expect(rows).toEqual([{ work_mem: "7MB" }])
})
