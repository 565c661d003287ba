import { type PrimaryDatabase, statement } from "../database/index.ts"
import type { KeyClaim } from "./idempotency-keys.ts"
import type { Turn } from "./turn.ts"
import type { TurnOrigin } from "./turn-origin.ts"
import type { Saved } from "./turn-store.ts"

/**
 * Writes a turn, its place in its conversation and the end of its idempotency key in one statement. With a key it may be
 * carried out again when nobody knows what became of it: a failover then costs a wait, and no answer.
 */
export async function saveTurn(
  database: PrimaryDatabase,
  origin: TurnOrigin,
  turn: Turn,
  claim: KeyClaim | undefined,
): Promise<Saved> {
  const [row] = await database.commit<SavedRow>({
    statement: save,
    patience,
    repeatable: claim !== undefined,
    // Written now, or locked because it was.
    wrote: row => row.owned && row.open,
    values: epoch => [...turnValues(turn, origin), ...itemValues(turn), claim?.key, claim?.attempt, epoch],
  })
  if (row === undefined || !row.owned) return { outcome: "claim_lost" }
  if (!row.open) return { outcome: "conversation_gone" }
  // Where it was written the first time was lost with the answer.
  if (row.already === true) return { outcome: "saved", awaited: row.awaited === true, position: undefined }
  const { epoch, lsn } = row
  const position = { epoch, timeline: Number.parseInt(row.wal_file.slice(0, 8), 16), lsn }
  return { outcome: "saved", awaited: row.awaited === true, position }
}

/** Milliseconds: the answer is paid for and the client is waiting, so a failover is worth sitting out. */
const patience = 10_000

interface SavedRow {
  readonly epoch: number
  readonly owned: boolean
  readonly open: boolean
  readonly awaited: boolean | null
  /** It had been written by this very call, whose answer did not arrive. */
  readonly already: boolean | null
  readonly lsn: string
  /** Its first 8 digits are the timeline. */
  readonly wal_file: string
}

const turnValues = (turn: Turn, origin: TurnOrigin) => [
  turn.id,
  turn.tenant,
  turn.endUser,
  turn.conversation,
  turn.previousTurn,
  origin.release,
  origin.arm,
  turn.model,
  turn.upstream,
  turn.status,
  turn.incompleteReason,
  JSON.stringify(turn.parameters),
  turn.instructions === undefined ? undefined : JSON.stringify(turn.instructions),
  JSON.stringify(turn.input),
  JSON.stringify(turn.output),
  turn.usage?.input_tokens,
  turn.usage?.output_tokens,
  turn.usage?.cached_tokens,
  turn.usage?.reasoning_tokens,
  JSON.stringify(turn.metadata),
  turn.createdAt,
  turn.completedAt,
]

function itemValues(turn: Turn) {
  const items = turn.conversation === undefined ? [] : [...turn.input, ...turn.output]
  return [items.map(item => item.id), items.map(item => JSON.stringify(item))]
}

/**
 * Nothing is written unless all conditions hold, so nothing ever has to be taken back: the rows that decide are locked
 * first, and every write selects from `allowed`. A repeat finds the key ended by this very turn, and waits for its lock and
 * for the commit of that (a lock is written to the WAL): what it finds is confirmed. The lock on the conversation gives its turns their order, without gaps.
 * The WAL position is read before the commit's record is written, and so lies before it.
 */
const save = statement(
  "save-turn",
  `WITH
   now_epoch AS MATERIALIZED (SELECT epoch FROM chatops.epoch WHERE epoch >= $27),
   claim AS MATERIALIZED (
     SELECT awaited, state = 'done' AS already FROM chatops.idempotency_keys
     WHERE tenant = $2 AND key = $25 AND attempt = $26 AND (state = 'in_flight' OR result_id = $1)
       AND EXISTS (SELECT FROM now_epoch)
     FOR UPDATE
   ),
   conversation AS MATERIALIZED (
     SELECT id, next_position, next_item FROM chatops.conversations
     WHERE id = $4 AND tenant = $2 AND deleted_at IS NULL
       AND ($25::text IS NULL OR EXISTS (SELECT FROM claim WHERE NOT already))
     FOR UPDATE
   ),
   allowed AS MATERIALIZED (
     SELECT now_epoch.epoch, conversation.next_position, conversation.next_item
     FROM now_epoch LEFT JOIN conversation ON true
     WHERE ($25::text IS NULL OR EXISTS (SELECT FROM claim WHERE NOT already)) AND ($4::text IS NULL OR conversation.id IS NOT NULL)
   ),
   ended AS (
     UPDATE chatops.idempotency_keys SET state = 'done', result_id = $1, touched_at = now()
     FROM allowed WHERE tenant = $2 AND key = $25
     RETURNING awaited
   ),
   advanced AS (
     UPDATE chatops.conversations c
     SET next_position = c.next_position + 1, next_item = c.next_item + cardinality($23::text[])
     FROM allowed WHERE c.id = $4
   ),
   items AS (
     INSERT INTO chatops.conversation_items (conversation_id, position, id, turn_id, item)
     SELECT $4, allowed.next_item + entry.ordinal - 1, entry.id, $1, entry.item
     FROM allowed, unnest($23::text[], $24::json[]) WITH ORDINALITY AS entry (id, item, ordinal)
   ),
   turn AS (
     INSERT INTO chatops.turns (
       id, tenant, end_user, conversation_id, position, previous_turn_id, release_id, arm, epoch, model, upstream,
       status, incomplete_reason, parameters, instructions, input, output,
       input_tokens, output_tokens, cached_tokens, reasoning_tokens, metadata, created_at, completed_at
     )
     SELECT $1, $2, $3, $4, allowed.next_position, $5, $6, $7, allowed.epoch, $8, $9,
       $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, to_timestamp($21), to_timestamp($22)
     FROM allowed
   )
   SELECT epoch,
     ($25::text IS NULL OR EXISTS (SELECT FROM claim)) AS owned,
     EXISTS (SELECT FROM allowed) OR EXISTS (SELECT FROM claim WHERE already) AS open,
     coalesce((SELECT awaited FROM ended), (SELECT awaited FROM claim)) AS awaited,
     (SELECT already FROM claim) AS already,
     pg_current_wal_insert_lsn()::text AS lsn,
     pg_walfile_name(pg_current_wal_insert_lsn()) AS wal_file
   FROM now_epoch`,
)
