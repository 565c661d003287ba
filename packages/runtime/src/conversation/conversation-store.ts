import { type PrimaryDatabase, statement, type Transaction } from "../database/index.ts"
import type { Conversation } from "./conversation.ts"
import { newId } from "./ids.ts"
import type { MessageItem } from "./item.ts"
import { appendItems } from "./item-store.ts"
import { type KeyUse, oncePerKey } from "./once-per-key.ts"

/** Conversations in the primary database. All methods throw `DatabaseUnavailable`, the writing ones `CommitUnknown`. */
export interface ConversationStore {
  /** Undefined for a repeat whose conversation was deleted meanwhile. Throws `KeyReused`. */
  create(conversation: NewConversation, use: KeyUse | undefined): Promise<Conversation | undefined>
  find(tenant: string, id: string): Promise<Conversation | undefined>
  /** Replaces the metadata. */
  update(tenant: string, id: string, metadata: Conversation["metadata"]): Promise<Conversation | undefined>
  /** Deletes it with its items and what its turns said. False when there is none. */
  delete(tenant: string, id: string): Promise<boolean>
  /** Every message, oldest first. */
  history(tenant: string, id: string): Promise<MessageItem[] | undefined>
}

export interface NewConversation {
  readonly tenant: string
  readonly metadata: Conversation["metadata"]
  readonly items: readonly MessageItem[]
}

export function createConversationStore(database: PrimaryDatabase): ConversationStore {
  return {
    create: (conversation, use) =>
      database.transaction(transaction =>
        oncePerKey<Conversation | undefined, string | undefined>(transaction, use, {
          make: () => insertConversation(transaction, conversation),
          idsOf: created => created?.id,
          find: async id => (await transaction.run<Conversation>(find, [id, conversation.tenant]))[0],
        }),
      ),

    async find(tenant, id) {
      const [row] = await database.read<Conversation>(find, [id, tenant])
      return row
    },

    update: (tenant, id, metadata) =>
      database.transaction(async transaction => {
        const [row] = await transaction.run<Conversation>(update, [id, tenant, JSON.stringify(metadata)])
        return row
      }),

    delete: (tenant, id) =>
      database.transaction(async transaction => {
        const [gone] = await transaction.run(markDeleted, [id, tenant])
        if (gone === undefined) return false
        await transaction.run(deleteItems, [id])
        await transaction.run(emptyTurns, [id])
        await transaction.run(noteDeletion, [tenant, id])
        return true
      }),

    async history(tenant, id) {
      const rows = await database.read<{ item: MessageItem | null }>(readHistory, [id, tenant])
      if (rows.length === 0) return undefined
      return rows.flatMap(row => row.item ?? [])
    },
  }
}

async function insertConversation(
  transaction: Transaction,
  { tenant, metadata, items }: NewConversation,
): Promise<Conversation> {
  const id = newId("conv")
  const [row] = await transaction.run<Conversation>(insert, [id, tenant, JSON.stringify(metadata)])
  if (row === undefined) throw new Error("A new conversation returned no row.")
  await appendItems(transaction, tenant, id, items)
  return row
}

const shown = "id, floor(extract(epoch FROM created_at))::bigint AS created_at, metadata"

const insert = statement(
  "insert-conversation",
  `INSERT INTO chatops.conversations (id, tenant, metadata) VALUES ($1, $2, $3) RETURNING ${shown}`,
)

const find = statement(
  "find-conversation",
  `SELECT ${shown} FROM chatops.conversations WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL`,
)

const update = statement(
  "update-conversation",
  `UPDATE chatops.conversations SET metadata = $3 WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL RETURNING ${shown}`,
)

const markDeleted = statement(
  "delete-conversation",
  `UPDATE chatops.conversations SET deleted_at = now(), metadata = '{}'
   WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL RETURNING id`,
)

const deleteItems = statement(
  "delete-conversation-items",
  "DELETE FROM chatops.conversation_items WHERE conversation_id = $1",
)

// The rows stay, for what was spent has to remain countable; what was said in them goes.
const emptyTurns = statement(
  "empty-conversation-turns",
  `UPDATE chatops.turns SET deleted_at = now(), input = '[]', output = '[]', instructions = NULL, metadata = '{}'
   WHERE conversation_id = $1 AND deleted_at IS NULL`,
)

const noteDeletion = statement(
  "note-conversation-deletion",
  "INSERT INTO chatops.deletions (tenant, kind, object_id) VALUES ($1, 'conversation', $2)",
)

const readHistory = statement(
  "read-conversation-history",
  `SELECT i.item FROM chatops.conversations c LEFT JOIN chatops.conversation_items i ON i.conversation_id = c.id
   WHERE c.id = $1 AND c.tenant = $2 AND c.deleted_at IS NULL ORDER BY i.position`,
)
