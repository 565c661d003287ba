import fc from "fast-check"
import { beforeAll, expect, test } from "vitest"
import { type Postgres, startPostgres } from "../testing/postgres.ts"
import { type ReplicaProcess, startReplicaProcess } from "../testing/replica-process.ts"
import { type ScriptedUpstream, startScriptedUpstream, type UpstreamCall } from "../testing/scripted-upstream.ts"
import { createMigratedDatabase, type MigratedDatabase } from "../testing/test-database.ts"
import { replicaSettings, startTestReplica, type TestReplica } from "../testing/test-replica.ts"

let postgres: Postgres
let database: MigratedDatabase
let apiKey: string
let upstream: ScriptedUpstream
let survivor: TestReplica
let victim: ReplicaProcess

beforeAll(async () => {
  postgres = await startPostgres()
  database = await createMigratedDatabase(postgres)
  apiKey = await database.createKey("acme")
  upstream = await startScriptedUpstream()
  survivor = await startTestReplica(database, { upstream: upstream.baseURL })
  victim = await startVictim()
  return async () => {
    await survivor[Symbol.asyncDispose]()
    await victim.kill()
    await upstream.close()
    await postgres[Symbol.asyncDispose]()
  }
})

const startVictim = () =>
  startReplicaProcess(
    replicaSettings(database, upstream.baseURL, { region: "west", replica: "victim" }),
    database.runtime.password,
  )

type Step =
  | { readonly do: "ask"; readonly key: number; readonly of: "survivor" | "victim"; readonly stream: boolean }
  | { readonly do: "leave"; readonly which: number }
  | { readonly do: "answer" | "refuse" | "break"; readonly which: number }
  | { readonly do: "kill" }

const index = fc.nat(1_000)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      key: fc.nat(2),
      of: fc.constantFrom("survivor" as const, "victim" as const),
      stream: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), which: index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("answer" as const, "answer" as const, "refuse" as const, "break" as const),
      which: index,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "kill" as const }) },
)

let runs = 0

test("whatever happens to replicas, clients and upstreams, a key makes exactly one turn and every answer is that turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async steps => {
      runs += 1
      const history = startHistory(`run-${runs}`)
      for (const next of steps) await history.carryOut(next)
      const answers = await history.settle()
      for (const [key, ids] of answers) {
        const turns = await database.query<{ id: string }>("SELECT id FROM chatops.turns WHERE input::text LIKE $1", [
          `%"${key}"%`,
        ])
        expect([key, turns.length]).toEqual([key, 1])
        expect([...new Set(ids)]).toEqual([turns[0]?.id])
      }
    }),
    { numRuns: Number(process.env["CHATOPS_TEST_RUNS"] ?? 6), endOnFailure: true },
  )
}, 180_000)

/** Two replicas on one database; one of them is killed now and then. Answers wait in the upstream until a step decides. */
function startHistory(name: string) {
  const held: UpstreamCall[] = []
  upstream.answerWith(call => held.push(call))
  const asked = new Map<string, boolean>()
  const pending: { readonly leaving: AbortController; readonly answer: Promise<void> }[] = []
  const answers = new Map<string, string[]>()

  /** Settles when it is over, and notes the turn's id if it was acknowledged. */
  async function ask(key: string, stream: boolean, url: string, signal?: AbortSignal): Promise<boolean> {
    try {
      const answer = await fetch(`${url}/v1/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ input: key, stream }),
        ...(signal && { signal }),
      })
      const id = acknowledgedTurn(await answer.text(), stream && answer.ok)
      if (id !== undefined) answers.get(key)?.push(id)
      return id !== undefined
    } catch {
      return false
    }
  }

  return {
    async carryOut(next: Step): Promise<void> {
      if (next.do === "ask") {
        const key = `${name}/${next.key}`
        // The body belongs to the key: streamed or not is decided by the first.
        if (!asked.has(key)) {
          asked.set(key, next.stream)
          answers.set(key, [])
        }
        const leaving = new AbortController()
        const url = next.of === "survivor" ? survivor.url : victim.url
        const answer = ask(key, asked.get(key) === true, url, leaving.signal).then(() => {})
        pending.push({ leaving, answer })
      } else if (next.do === "leave") pending.at(next.which % (pending.length || 1))?.leaving.abort()
      else if (next.do === "kill") {
        await victim.kill()
        victim = await startVictim()
      } else {
        const [call] = held.splice(next.which % (held.length || 1), 1)
        if (next.do === "answer") call?.answer(`Answer ${call.number}.`)
        else if (next.do === "refuse") call?.refuse(500)
        else {
          call?.send("Half")
          call?.breakOff()
        }
      }
      // Lets what the step began get somewhere, to another place each time.
      await fetch(`${survivor.url}/livez`)
    },

    /** Lets everything end well, then asks for each key once more. */
    async settle(): Promise<ReadonlyMap<string, readonly string[]>> {
      upstream.answerWith(call => call.answer(`Answer ${call.number}.`))
      for (const call of held.splice(0)) call.answer(`Answer ${call.number}.`)
      await Promise.all(pending.map(request => request.answer))
      for (const [key, stream] of asked) {
        while (!(await ask(key, stream, survivor.url)));
        while (!(await ask(key, stream, victim.url)));
      }
      return answers
    },
  }
}

/** Id of the turn that the answer acknowledges, if it does. */
function acknowledgedTurn(text: string, stream: boolean): string | undefined {
  if (!stream) {
    const body = JSON.parse(text) as { object?: string; id?: string }
    return body.object === "response" ? body.id : undefined
  }
  const completed = text.split("\n\n").find(event => event.startsWith("event: response.completed\n"))
  return completed && (JSON.parse(completed.split("data: ")[1] ?? "") as { response: { id: string } }).response.id
}
