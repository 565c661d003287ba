import { mostTurnsCounted } from "@chatops/stacks/environment-state"
import * as z from "zod"
import { mayBeLost } from "./may-be-lost.ts"
import type { ResultOf } from "./result-type.ts"

const part = { healthy: z.boolean(), detail: z.string().describe("Why it is not healthy, or what it is doing.") }
const count = z.number().int().min(0)

const replica = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  detail: z.string(),
  pid: z.number().int().nullable(),
  restarts: count,
  address: z.string().describe("`host:port`."),
  gateway: z.string().nullable().describe("How the gateway sees it; null when it does not know it."),
  active: count.describe("Requests under way."),
})

const region = z.strictObject({
  name: z.string(),
  role: z.enum(["primary", "standby", "unknown"]),
  reachable: z.boolean(),
  ...part,
  database: z.enum(["running", "starting", "stopped", "unknown"]),
  incarnation: z.string().nullable().describe("Which life of the database's data this is."),
  streaming: z.boolean().describe("A standby receives what the primary writes."),
  lag: z
    .strictObject({
      bytes: count.describe("WAL of the primary that it has yet to replay."),
      seconds: z.number().min(0).describe("Age of the oldest commit that it has yet to replay."),
      turns: count.describe(`Acknowledged turns that it does not hold; ${mostTurnsCounted} are as many or more.`),
    })
    .nullable()
    .describe("What a standby lacks, as the primary tells; null where it is none, or one of them does not say."),
  replayed: z
    .strictObject({
      position: count.describe("Bytes of WAL, counted as PostgreSQL counts them."),
      committedAt: z.string().nullable().describe("When the newest commit that it replayed was made. ISO 8601."),
    })
    .nullable()
    .describe("How far a standby has come, as it tells itself; null where it is none, or does not say."),
  release: z.string().nullable().describe("Release that runs there."),
  replicas: z.array(replica),
  lostTurns: z
    .strictObject({
      epoch: z.number().int().describe("In which it was primary."),
      primary: z.string().nullable().describe("Region that took its place; null: it is not known which of several."),
      claim: z.enum(["async", "forced"]).nullable().describe("Why that region could; null as `primary`."),
      turns: count,
      repeated: count.describe("Besides these: requests that the new primary answered again."),
      file: z.string().nullable().describe("Where they are kept, one a line; null: there are none."),
    })
    .nullable()
    .describe("What only it held when a region took its place that was not in sync with it; null: nobody looked yet."),
  unread: z
    .strictObject({ directory: z.string(), problem: z.string() })
    .nullable()
    .describe("What it held then could not be read, and is kept here."),
})

export const statusResult = z.strictObject({
  app: z.string(),
  environment: z.string(),
  target: z.string(),
  healthy: z.boolean().describe("Everything is; the exit code says the same."),
  entry: z.strictObject({ url: z.string().nullable(), ...part }),
  witness: z.strictObject(part),
  primary: z.string().nullable(),
  preferredPrimary: z.string().describe("What chatops.yaml says."),
  primarySince: z.string().nullable().describe("ISO 8601; null where the primary does not say."),
  epoch: z.number().int().nullable().describe("Grows with every change of primary."),
  durability: z.string().describe("As the witness has it now; before there is one, what chatops.yaml says."),
  inSync: z.string().nullable().describe("Region that holds every acknowledged turn besides the primary."),
  failover: z
    .strictObject({
      possible: z.boolean().describe("Whether `failover` would succeed now."),
      to: z.string().nullable().describe("Region that would take over; null: none could."),
      wouldLose: mayBeLost
        .nullable()
        .describe("What would be lost with the primary now, because no region is in sync; null: nothing."),
      checks: z
        .array(
          z.strictObject({
            name: z.string(),
            verdict: z.enum(["ok", "warning", "fails"]),
            detail: z.string(),
          }),
        )
        .describe("What it depends on, the worst first."),
    })
    .nullable()
    .describe("null where there is one region only, or none yet."),
  automatic: z.boolean().describe("chatops.yaml wants the entry to fail over by itself (failover: automatic)."),
  watcher: z
    .strictObject({
      verdict: z.enum(["well", "holds", "acts"]),
      reason: z.string().nullable(),
      since: z.string().describe("ISO 8601."),
      restraint: z
        .strictObject({ reason: z.string(), seconds: z.int().describe("So long it lasts.") })
        .nullable()
        .describe("Why it would not act now, whatever it saw; null: it would."),
    })
    .nullable()
    .describe("Who would start a failover by itself (failover: automatic); null: nobody, or nobody who answers."),
  notify: z
    .strictObject({
      waiting: count.describe("Messages that are to be delivered yet."),
      failure: z
        .strictObject({
          at: z.string().describe("ISO 8601."),
          receiver: z.string().describe("Host of its address."),
          type: z.string().describe("Of the event."),
          reason: z.string(),
          attempts: count,
          again: z.string().nullable().describe("When it is tried again, ISO 8601; null: it was given up."),
        })
        .nullable()
        .describe("The last attempt that failed, of those whose message is not delivered."),
    })
    .nullable()
    .describe("How telling receivers goes; null: nobody is to be told, or nobody answers who would."),
  lastDrill: z
    .strictObject({
      id: z.string(),
      endedAt: z.string().describe("ISO 8601."),
      outcome: z.enum(["passed", "missed", "violated", "aborted"]),
      scenario: z.string(),
    })
    .nullable()
    .describe("The newest that this machine knows of: run from here, or in its copy of the ledger."),
  release: z.string().describe("Release that chatops.yaml describes."),
  regions: z.array(region),
  operation: z
    .strictObject({
      id: z.string(),
      kind: z.string(),
      step: z.string().nullable(),
      pid: z.number().int().nullable().describe("Process that runs it; null when it was left and waits for `resume`."),
    })
    .nullable()
    .describe("An operation that is running or was left unfinished."),
})
export type StatusResult = ResultOf<typeof statusResult>
