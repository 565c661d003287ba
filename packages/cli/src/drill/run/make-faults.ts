import { setTimeout as delay } from "node:timers/promises"
import type { OpenTarget } from "@chatops/stacks"
import { faultName, type Scenario } from "@chatops/stacks/drill"
import { type Place, playPerson } from "./play-person.ts"

const lookEvery = 50
/** A fault that is said to be over by then, and is not. */
const healPatience = 30_000

interface Breaking extends Place {
  readonly target: Place["target"] & Pick<OpenTarget, "faults">
  /** Where nobody watches, whoever drills does what a person would. */
  readonly playPerson: boolean
  readonly progress: (text: string) => void
  /** The drill is worth nothing any more. */
  readonly signal: AbortSignal
  /** Enough was broken: what is in effect is healed at once, and nothing else is broken. */
  readonly brake: AbortSignal
}

/** Makes each fault at its time and waits until it has healed. They may overlap; each target says where they may not. */
export async function makeFaults(faults: Scenario["faults"], breaking: Breaking): Promise<void> {
  const { signal, brake } = breaking
  const failure = new AbortController()
  const any = AbortSignal.any([signal, brake, failure.signal])
  // One that cannot be made ends the others: none may begin after the drill is over.
  const making = faults.map(entry => makeFault(entry, breaking, any).catch(error => failure.abort(error)))
  await Promise.all(making)
  signal.throwIfAborted()
  // What was under way when the brake was pulled failed of that.
  if (!brake.aborted) failure.signal.throwIfAborted()
}

async function makeFault(
  { fault, after, healAfter }: Scenario["faults"][number],
  breaking: Breaking,
  signal: AbortSignal,
): Promise<void> {
  const { target, record, clock, progress } = breaking
  await delay(after * 1_000, undefined, { signal })
  progress(`${faultName(fault)} breaks`)
  const asked = clock.now()
  const made = await target.faults.make(fault, { healAfter: healAfter * 1_000 }, signal)
  const known = clock.now()
  // Its holder tells by the wall clock; but it was not before it was asked for.
  const at = Math.min(known, Math.max(asked, clock.timeOf(made.madeAt) ?? known))
  record({ event: "fault-made", at, fault })
  const healed = () => {
    record({ event: "fault-healed", at: clock.now(), fault })
    progress(`${faultName(fault)} has healed`)
  }
  const playing = new AbortController()
  const either = AbortSignal.any([signal, playing.signal])
  // A claim may take longer than the fault lasts, which heals in its time all the same.
  const played = breaking.playPerson ? playPerson(fault, breaking, signal) : Promise.resolve()
  played.catch(error => playing.abort(error))
  try {
    await delay(Math.max(0, at + healAfter * 1_000 - clock.now()), undefined, { signal: either })
  } catch {
    // It would heal by itself, in its time.
    await target.faults.heal(made.id, AbortSignal.timeout(healPatience)).then(healed, () => undefined)
    either.throwIfAborted()
  }
  await untilHealed(made.id, breaking, signal)
  healed()
  await played
}

async function untilHealed(id: string, { target }: Breaking, given: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([given, AbortSignal.timeout(healPatience)])
  while ((await target.faults.active()).some(active => active.id === id)) await delay(lookEvery, undefined, { signal })
}
