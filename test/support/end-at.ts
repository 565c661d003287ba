import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { text } from "node:stream/consumers"
import { expect } from "vitest"
import { type Surroundings, startChatops } from "./chatops.ts"

/** A moment of an operation, by what its journal says. */
export type StepEnd =
  /** The step stands in the journal, and nothing of it is done. */
  | { readonly begun: string }
  /** The step has done everything, and the journal does not say so. */
  | { readonly done: string }

/** The same, or the moment before it asks an agent for something: path of the request, such as `/admin/claim`. */
type Moment = StepEnd | { readonly asks: string }

export const ends = (step: string): StepEnd[] => [{ begun: step }, { done: step }]
export const stepOf = (moment: StepEnd): string => ("begun" in moment ? moment.begun : moment.done)
/** For a test's name: `begun claim`. */
export const named = (moment: StepEnd): string => Object.entries(moment)[0]?.join(" ") ?? ""

/** Starts a command that gets the signal at that moment, from itself. */
export function startEndingAt(
  args: readonly string[],
  moment: Moment,
  signal: "SIGKILL" | "SIGSTOP",
  surroundings: Surroundings,
): ChildProcess {
  const env = {
    ...surroundings.env,
    NODE_OPTIONS: `--import=${new URL("end-at.mjs", import.meta.url).href}`,
    CHATOPS_TEST_END_AT: JSON.stringify({ signal, ...moment }),
  }
  return startChatops(args, { ...surroundings, env })
}

/** Runs a command that is killed at that moment. Throws what it said when it ended in another way. */
export async function killedAt(args: readonly string[], moment: Moment, surroundings: Surroundings): Promise<void> {
  await killed(startEndingAt(args, moment, "SIGKILL", surroundings))
}

export async function killed(child: ChildProcess): Promise<void> {
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")])
  if (child.signalCode !== "SIGKILL") throw new Error(`it was not killed, but ended:\n${stdout}\n${stderr}`)
}

/** Resolves when a process was stopped by a signal. */
export async function untilStopped({ pid }: ChildProcess): Promise<void> {
  const state = () => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
  await expect.poll(state, { timeout: 30_000, interval: 10 }).toBe("T")
}
