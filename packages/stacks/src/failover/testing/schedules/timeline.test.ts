import { expect, it } from "vitest"
import { Timeline } from "./timeline.ts"

function told() {
  const timeline = new Timeline()
  const events: string[] = []
  const at = (milliseconds: number, owner: string) =>
    timeline.after(milliseconds, owner, () => events.push(`${timeline.now} ${owner}, due ${milliseconds}`))
  return { timeline, events, at }
}

it("goes from one event to the next, and keeps the order of those that are due together", () => {
  const { timeline, events, at } = told()
  const times = [5, 3, 9, 3, 1, 7, 3]
  for (const [index, time] of times.entries()) at(time, `${index}/runtime`)
  timeline.run(8)
  expect(events.map(event => event.split("/")[0])).toEqual(["1 4", "3 1", "3 3", "3 6", "5 0", "7 5"])
})

it("lets everything happen late and at once that was due while a region, or a part of it, was frozen", () => {
  const { timeline, events, at } = told()
  for (const time of [1, 2, 4]) for (const owner of ["east/runtime", "east/supervisor", "west/runtime"]) at(time, owner)
  timeline.freeze("east/runtime", 3)
  timeline.freeze("west", 5)
  timeline.run(10)
  expect(events).toEqual([
    "1 east/supervisor, due 1",
    "2 east/supervisor, due 2",
    "3 east/runtime, due 1",
    "3 east/runtime, due 2",
    "4 east/runtime, due 4",
    "4 east/supervisor, due 4",
    "5 west/runtime, due 1",
    "5 west/runtime, due 2",
    "5 west/runtime, due 4",
  ])
})
