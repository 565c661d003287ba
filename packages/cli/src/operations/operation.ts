import type { Register } from "@chatops/runtime/contract"
import type { Environment, OpenTarget, TargetByHand, TargetPrograms } from "@chatops/stacks"
import type { Engine } from "../engine/engine.ts"
import type { StackName } from "../engine/stack-name.ts"
import type { Ledger, RepositoryState } from "../ledger/index.ts"

/** What operations ask of the engine. */
export type StackEngine = Pick<Engine, "preview" | "update" | "destroy" | "outputs">

/** What steps work with. Opened on first use: a step that needs no engine never loads it. */
export interface OperationServices {
  readonly environment: Environment
  readonly target: OpenTarget
  /** Reserves what stacks need of one another, once per run. */
  programs(): Promise<TargetPrograms>
  engine(): Promise<StackEngine>
  /** Stacks whose first update was begun at least; asks no engine. */
  begunStacks(): Promise<StackName[]>
  ledger(): Promise<Ledger>
  /** The commit that the app's repository is at, read once. */
  repository(): Promise<RepositoryState>
  /**
   * Asks a person; resolves at once where the answer was given beforehand. Throws NOT_CONFIRMED where nobody is there.
   * `enter` is what a bare Enter means: no, where something would be lost.
   */
  confirm(question: string, enter: "yes" | "no"): Promise<boolean>
}

export interface StepContext extends OperationServices {
  readonly operationId: string
  /** An unfinished operation is given up for this one, so that even an empty plan has something to prove and record. */
  readonly superseding: boolean
  readonly kind: string
  readonly signal: AbortSignal
  /** Live text beside a part of the step: a region, a stack. */
  progress(part: string, text: string): void
  /** A piece of a text that grows beside a part. */
  stream(part: string, piece: string): void
  /** What an earlier step returned, in this run or before it was resumed. */
  output<Value>(step: string): Value
  /** Outcomes of all steps finished so far. */
  readonly finished: readonly FinishedStep[]
}

export interface StepResult {
  /** JSON; kept in the journal and read by later steps. */
  readonly output?: unknown
  /** One line for people. */
  readonly summary?: string
  /** More lines for people, below the summary. */
  readonly details?: readonly string[]
  /** Ends the whole operation here, successfully: there is nothing left to do. */
  readonly end?: boolean
}

/** What a step does, and how a person does it without it. */
export interface Runbook {
  readonly does: string
  /** Lines of shell, and words about them behind `#`. */
  readonly byHand: readonly string[]
}

/** A change of primary that a runbook speaks of. */
export interface RunbookSubject {
  readonly from: string
  readonly to: string
  /** How `to` would come to its place. */
  readonly claim: Register["claim"]
  /** Length of the former primary's lease in milliseconds; null: it keeps none. */
  readonly lease: number | null
  readonly byHand: TargetByHand
  /** As it is typed: `chatops status --env prod`. */
  command(words: string): string
}

export interface Step {
  readonly name: string
  readonly runbook?: (subject: RunbookSubject) => Promise<Runbook>
  /** Nothing has been changed before this step ends: a failure ends the operation instead of pausing it. */
  readonly harmless: boolean
  /** Whether a failure with this code leaves everything as it was before the step: then it is as if it were harmless. */
  readonly leavesNothing?: (code: string) => boolean
  /** May run again after it was interrupted anywhere. */
  run(context: StepContext): Promise<StepResult | undefined>
}

export interface FinishedStep {
  readonly name: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly summary: string
  readonly harmless: boolean
}

export interface Operation {
  readonly kind: string
  /** What was asked for, as JSON; a resumed operation is rebuilt from it. */
  readonly choice: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
  /** Its steps follow chatops.yaml: one that was left cannot go on after the file has changed. */
  readonly followsConfiguration: boolean
  /** Unfinished operations of these kinds are given up when this one begins, because it does all they would have done. */
  readonly supersedes: readonly string[]
}

type More = Pick<Step, "runbook" | "leavesNothing">

export const step = (name: string, run: Step["run"], more: More = {}): Step => ({ name, harmless: false, run, ...more })
export const harmlessStep = (name: string, run: Step["run"], more: More = {}): Step => ({
  name,
  harmless: true,
  run,
  ...more,
})
