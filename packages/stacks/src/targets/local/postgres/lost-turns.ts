import type pg from "pg"

/** A turn that one database holds and another does not. */
export interface LostTurn {
  /** Turn that the other database holds for the same idempotency key and request: its client has an answer. */
  readonly repeatedAs: string | null
  /** A line of JSON: what it is, and everything that is stored of it, as PostgreSQL writes it. */
  readonly line: string
}

/** Ids that are compared at a time. */
const compared = 5_000
/** Turns that are in memory at a time: what people and models wrote has no length that is known here. */
const held = 20

/**
 * Turns of `former` that `present` lacks, in the order of their ids, a few in memory at a time. Present turns are asked for
 * by their ids, so that nothing depends on two servers' sorting alike. Turns that were deleted are nobody's any more.
 */
export async function* lostTurns(former: pg.Client, present: pg.Client): AsyncGenerator<LostTurn> {
  if (!(await hasTurns(former))) return
  for (let last = ""; ; ) {
    const ids = await column(former, nextIds, [last, compared])
    const newest = ids.at(-1)
    if (newest === undefined) return
    last = newest
    const there = new Set(await column(present, presentIds, [ids]))
    const lost = ids.filter(id => !there.has(id))
    for (let first = 0; first < lost.length; first += held) {
      const { rows } = await former.query<StoredTurn>(stored, [lost.slice(first, first + held)])
      const repeats = await repeatsOf(rows, present)
      for (const row of rows) yield described(row, repeats.get(row.id) ?? null)
    }
  }
}

interface StoredTurn {
  readonly id: string
  readonly conversation: string | null
  readonly tenant: string
  readonly created: string
  readonly key: string | null
  readonly body: Buffer | null
  /** As text: numbers that JavaScript would round stay as they are. */
  readonly rows: string
}

async function hasTurns(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass('chatops.turns') is not null as there")
  return rows[0]?.there === true
}

async function column(client: pg.Client, text: string, values: readonly unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(text, [...values])
  return rows.map(({ id }) => id)
}

/** A repeat makes a turn with an id of its own. Nobody else has the key and the very same request. */
async function repeatsOf(turns: readonly StoredTurn[], present: pg.Client): Promise<Map<string, string>> {
  const keyed = turns.filter(({ key }) => key !== null)
  if (keyed.length === 0) return new Map()
  const values = [
    keyed.map(({ id }) => id),
    keyed.map(({ tenant }) => tenant),
    keyed.map(({ key }) => key),
    keyed.map(({ body }) => body),
  ]
  const { rows } = await present.query<{ id: string; repeat: string }>(repeated, values)
  return new Map(rows.map(({ id, repeat }) => [id, repeat]))
}

function described({ id, conversation, tenant, created, rows }: StoredTurn, repeatedAs: string | null): LostTurn {
  const known = JSON.stringify({ turn: id, conversation, tenant, created, repeatedAs })
  // Line breaks stand between JSON's tokens only.
  return { repeatedAs, line: `${known.slice(0, -1)},"rows":${rows.replaceAll(/[\r\n]+/g, " ")}}` }
}

const nextIds = "select id from chatops.turns where id > $1 and deleted_at is null order by id limit $2"
const presentIds = "select id from chatops.turns where id = any($1)"

const stored = `
  select t.id, t.conversation_id as conversation, t.tenant, k.key, k.body_hash as body,
         to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created,
         json_build_object('turn', row_to_json(t), 'conversation', row_to_json(c), 'items', coalesce(i.items, '[]'::json),
                           'idempotency_key', row_to_json(k))::text as rows
  from chatops.turns t
  left join chatops.conversations c on c.id = t.conversation_id
  left join (select * from chatops.idempotency_keys where result_id = any($1)) k on k.result_id = t.id and k.tenant = t.tenant
  left join lateral (
    select json_agg(row_to_json(i) order by i.position) as items
    from chatops.conversation_items i where i.conversation_id = t.conversation_id and i.turn_id = t.id
  ) i on true
  where t.id = any($1) order by t.id`

const repeated = `
  select lost.id, k.result_id as repeat
  from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) as lost (id, tenant, key, body)
  join chatops.idempotency_keys k on k.tenant = lost.tenant and k.key = lost.key and k.body_hash = lost.body
  join chatops.turns t on t.id = k.result_id and t.tenant = k.tenant
  where k.state = 'done'`
