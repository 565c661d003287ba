import { setTimeout as delay } from "node:timers/promises"
import type { OpenTarget } from "@chatops/stacks"
import { type DrillEvent, planLoad, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { startDrillLoad } from "../load/start-drill-load.ts"
import { DrillRecorder } from "../recording/drill-recorder.ts"
import { Brake } from "./brake.ts"
import { DrillClock } from "./drill-clock.ts"
import { makeFaults } from "./make-faults.ts"
import { Observer } from "./observer.ts"
import { untilWhole } from "./until-whole.ts"

/** Milliseconds for everything to be whole again after the last fault has healed. */
const wholePatience = 120_000
const showEvery = 500

export interface DrillRun {
  readonly target: OpenTarget
  readonly scenario: Scenario
  /** The entry's, without a path. */
  readonly url: string
  readonly key: string
  /** Where the raw events go; must not exist. */
  readonly file: string
  /** Nobody watches: whoever drills does what a person would. */
  readonly playPerson: boolean
  readonly progress: (part: string, text: string) => void
}

/**
 * Breaks what the scenario says while users come and go, and records everything. Resolves when every fault has healed and
 * every conversation was read back; where a condition of the scenario gives the drill up, that is soon. Throws what kept
 * the drill from being made: whatever goes wrong after something was broken is what the drill shows, and is in the record.
 */
export async function runDrill(run: DrillRun, given: AbortSignal): Promise<void> {
  const { target, scenario, url, key, progress } = run
  const recorder = await DrillRecorder.create(run.file)
  /** Nothing that goes on would be worth anything: the load or the record failed. */
  const worthless = new AbortController()
  const signal = AbortSignal.any([given, worthless.signal])
  let broke = false
  let brake: Brake | undefined
  const record = (event: DrillEvent) => {
    broke ||= event.event === "fault-made"
    brake?.note(event)
    try {
      recorder.record(event)
    } catch (error) {
      worthless.abort(error)
    }
  }
  const clock = new DrillClock((at, by) => record({ event: "clock-jumped", at, by }))
  const plan = planLoad(scenario.load, scenario.seed, { seconds: durationOf(scenario) })
  const observer = new Observer({ target, record, clock })
  const load = startDrillLoad({ url, key, plan, record, origin: clock.origin, signal })
  load.finished.catch(error => worthless.abort(error))
  const show = setInterval(() => {
    const { sent, acknowledged, failed, underWay } = load.counts
    progress("load", `${sent} turns sent, ${acknowledged} acknowledged, ${failed} failed, ${underWay} under way`)
  }, showEvery)
  try {
    await delay(scenario.warmUp * 1_000, undefined, { signal })
    if (load.counts.acknowledged === 0)
      throw new ChatopsError(
        "DRILL_NOT_READY",
        `no turn was acknowledged in ${scenario.warmUp} s, before anything broke`,
      )
    brake = new Brake({
      when: scenario.abortWhen,
      now: () => clock.now(),
      pulled: reason => {
        record({ event: "aborted", at: clock.now(), reason })
        progress("fault", `given up: ${reason}`)
        load.stop()
      },
    })
    const breaking = { target, record, clock, playPerson: run.playPerson, signal, brake: brake.signal }
    await makeFaults(scenario.faults, { ...breaking, progress: text => progress("fault", text) })
    await load.finished
    brake.release()
    const missing = await untilWhole(target, wholePatience, signal, text => progress("recovery", text))
    if (missing.length > 0) throw new Error(`not whole again: ${missing.join("; ")}`)
    progress("load", "reading every conversation back")
    await load.readBack()
  } catch (error) {
    signal.throwIfAborted()
    if (!broke) throw error
    record({ event: "aborted", at: clock.now(), reason: (error as Error).message })
    await load.readBack().catch(() => undefined)
  } finally {
    clearInterval(show)
    brake?.release()
    load.stop()
    await load.finished.catch(() => undefined)
    await observer.finish(5_000).catch(() => undefined)
    await load.close()
    await recorder.close()
  }
}

/** In seconds: the load goes on from the warm-up to the cool-down. */
export function durationOf({ warmUp, faults, coolDown }: Scenario): number {
  return warmUp + Math.max(...faults.map(({ after, healAfter }) => after + healAfter)) + coolDown
}
