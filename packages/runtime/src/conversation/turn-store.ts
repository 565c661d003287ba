import type { CommitPosition } from "../contract/index.ts"
import { type PrimaryDatabase, statement } from "../database/index.ts"
import type { KeyClaim } from "./idempotency-keys.ts"
import type { MessageItem } from "./item.ts"
import { saveTurn } from "./save-turn.ts"
import type { Turn } from "./turn.ts"
import type { TurnOrigin } from "./turn-origin.ts"
import { type TurnRow, turnFromRow } from "./turn-row.ts"

/** Turns in the primary database. All methods throw `DatabaseUnavailable`, the writing ones `CommitUnknown` as well. */
export interface TurnStore {
  /** Returns once the turn is durable. */
  save(turn: Turn, claim: KeyClaim | undefined): Promise<Saved>
  find(tenant: string, id: string): Promise<Turn | undefined>
  /** The same for one that is about to be acknowledged: returns only once what it found is confirmed, as `save` does, whoever saved it. */
  findConfirmed(tenant: string, id: string): Promise<Turn | undefined>
  /** Every message up to and including that turn, oldest first; undefined when there is no such turn. */
  historyUpTo(tenant: string, id: string): Promise<MessageItem[] | undefined>
  /** False when there is no such turn. */
  delete(tenant: string, id: string): Promise<boolean>
}

/** `claim_lost`: another replica has taken the idempotency key over. Nothing was written then, as with a conversation that is gone. */
export type Saved =
  | { readonly outcome: "saved"; readonly awaited: boolean; readonly position: CommitPosition | undefined }
  | { readonly outcome: "claim_lost" | "conversation_gone" }

export function createTurnStore(database: PrimaryDatabase, origin: TurnOrigin): TurnStore {
  return {
    save: (turn, claim) => saveTurn(database, origin, turn, claim),

    async find(tenant, id) {
      const [row] = await database.read<TurnRow>(findTurn, [id, tenant])
      return row && turnFromRow(row)
    },

    async findConfirmed(tenant, id) {
      const [row] = await database.read<TurnRow>(findTurn, [id, tenant], "confirmed")
      return row && turnFromRow(row)
    },

    async historyUpTo(tenant, id) {
      const rows = await database.read<ChainRow>(findChain, [id, tenant])
      const [oldest] = rows
      if (oldest === undefined) return undefined
      const before = oldest.conversation_id === null ? [] : await itemsBefore(database, oldest)
      return [...before, ...rows.flatMap(row => [...row.input, ...row.output])]
    },

    async delete(tenant, id) {
      let attempts = 0
      const [row] = await database.commit<{ epoch: number; deleted: boolean }>({
        statement: deleteTurn,
        values: epoch => {
          attempts += 1
          return [id, tenant, epoch, attempts > 1]
        },
        repeatable: true,
        wrote: row => row.deleted,
      })
      return row?.deleted === true
    },
  }
}

async function itemsBefore(database: PrimaryDatabase, turn: ChainRow): Promise<MessageItem[]> {
  const rows = await database.read<{ item: MessageItem }>(findItemsBefore, [turn.conversation_id, turn.id])
  return rows.map(row => row.item)
}

interface ChainRow {
  readonly id: string
  readonly conversation_id: string | null
  readonly input: MessageItem[]
  readonly output: MessageItem[]
}

const columns = `id, tenant, end_user, conversation_id, previous_turn_id, model, upstream, status, incomplete_reason,
          parameters, instructions, input, output, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
          metadata, created_at, completed_at`

const findTurn = statement(
  "find-turn",
  `SELECT ${columns} FROM chatops.turns WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL`,
)

// A deleted turn ends the chain: what it said is gone. So does a turn in a conversation: the conversation is its past.
const findChain = statement(
  "find-turn-chain",
  `WITH RECURSIVE chain AS (
     SELECT id, previous_turn_id, conversation_id, input, output, 1 AS depth
     FROM chatops.turns WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL
     UNION ALL
     SELECT t.id, t.previous_turn_id, t.conversation_id, t.input, t.output, chain.depth + 1
     FROM chain JOIN chatops.turns t ON t.id = chain.previous_turn_id
     WHERE t.tenant = $2 AND t.deleted_at IS NULL
   )
   SELECT id, conversation_id, input, output FROM chain ORDER BY depth DESC`,
)

const findItemsBefore = statement(
  "find-items-before-turn",
  `SELECT item FROM chatops.conversation_items
   WHERE conversation_id = $1
     AND position < (SELECT min(position) FROM chatops.conversation_items WHERE conversation_id = $1 AND turn_id = $2)
   ORDER BY position`,
)

// A repeat ($4) that finds it deleted takes that for the work of the first attempt, whose outcome was unknown. The lock
// makes its commit wait to be confirmed, although it changes nothing then.
const deleteTurn = statement(
  "delete-turn",
  `WITH now_epoch AS MATERIALIZED (SELECT epoch FROM chatops.epoch WHERE epoch >= $3),
   found AS MATERIALIZED (
     SELECT id, deleted_at FROM chatops.turns
     WHERE id = $1 AND tenant = $2 AND EXISTS (SELECT FROM now_epoch)
     FOR UPDATE
   ),
   gone AS (
     UPDATE chatops.turns t
     SET deleted_at = now(), input = '[]', output = '[]', instructions = NULL, metadata = '{}'
     FROM found WHERE t.id = found.id AND found.deleted_at IS NULL
     RETURNING t.id
   ),
   noted AS (
     INSERT INTO chatops.deletions (tenant, kind, object_id) SELECT $2, 'response', id FROM gone RETURNING 1
   )
   SELECT epoch, EXISTS (SELECT FROM noted) OR ($4::boolean AND EXISTS (SELECT FROM found)) AS deleted FROM now_epoch`,
)
