import type { DrillEvent } from "@chatops/stacks/drill"
import { offset, time } from "../report/words.ts"

/** What has to be known of clocks by whoever reads when something was noticed; nothing, as a rule. */
export const clockNotes = (events: readonly DrillEvent[]): string[] =>
  events.flatMap(event => {
    if (event.event === "clock-jumped") {
      const way = event.by > 0 ? "forward" : "back"
      return `the clock jumped ${way} by ${time(Math.abs(event.by))} at ${offset(event.at)}; moments are reckoned by where it stood`
    }
    return event.event === "undated" ? `when ${event.by} ${event.what} cannot be said, because the clock jumped` : []
  })
