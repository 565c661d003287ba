import { DrillFigures, Scenario } from "@chatops/stacks/drill"
import * as z from "zod"

/** What an environment has promised itself. */
export const Objectives = z.strictObject({
  /** Milliseconds without an acknowledged turn after any one fault, at most. */
  rtoMs: z.int().min(0),
  /** Acknowledged turns that may be lost, at most. */
  rpo: z.int().min(0),
})
export type Objectives = z.infer<typeof Objectives>

/** One objective beside what the drill came to. */
const Judged = z.strictObject({
  wanted: z.number(),
  /** Null: it cannot be said, because nothing recovered. */
  came: z.number().nullable(),
  met: z.boolean(),
})
export type Judged = z.infer<typeof Judged>

export const Verdict = z.strictObject({
  /** Null: the environment has no objectives. */
  rto: Judged.nullable(),
  rpo: Judged.nullable(),
  violations: z.int().min(0),
})
export type Verdict = z.infer<typeof Verdict>

/** `violated`: the protocol's promises were broken. `missed`: they held, and an objective was not met. */
export const DrillOutcome = z.enum(["passed", "missed", "violated", "aborted"])
export type DrillOutcome = z.infer<typeof DrillOutcome>

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** The account of one drill, with all that is needed to make it again. Never holds a secret. */
export const DrillRecord = z.strictObject({
  /** Of this record. A newer one is refused, not guessed at. */
  format: z.literal(1),
  /** The operation's. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  app: z.string().min(1),
  environment: z.string().regex(/^[a-z][a-z0-9-]*$/),
  target: z.string().min(1),
  /** Releases that ran meanwhile. */
  releases: z.array(z.string()),
  /** Version of chatops that made the drill and wrote this. */
  chatops: z.string(),
  beganAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  scenario: Scenario,
  /** Who ran it: a user name, a pipeline. */
  actor: z.string(),
  machine: z.strictObject({
    cpus: z.int().min(0),
    cpuModel: z.string(),
    memoryBytes: z.int().min(0),
    os: z.string(),
    node: z.string(),
  }),
  objectives: Objectives.nullable(),
  verdict: Verdict,
  outcome: DrillOutcome,
  /** Why the drill was given up; absent: it was not. */
  aborted: z.string().exactOptional(),
  /** What has to be known of clocks that jumped meanwhile; absent: none did. */
  clock: z.array(z.string()).min(1).exactOptional(),
  figures: DrillFigures,
  /** The events that the figures follow from, one JSON document a line. */
  rawEvents: z.strictObject({
    /** Where they lie, compressed, beside this record. */
    file: z.string(),
    /** Of the lines as they were recorded, before they were compressed. */
    sha256: Sha256,
    count: z.int().min(0),
    /** Before they were compressed. */
    bytes: z.int().min(0),
  }),
})
export type DrillRecord = z.infer<typeof DrillRecord>
export type DrillMachine = DrillRecord["machine"]
