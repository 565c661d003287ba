import { type PrimaryDatabase, statement, type Transaction } from "../database/index.ts"
import type { MessageItem } from "./item.ts"
import { type KeyUse, oncePerKey } from "./once-per-key.ts"
import type { Page, PageRequest } from "./page.ts"

/** Items of conversations. All methods throw `DatabaseUnavailable`, the writing ones `CommitUnknown`. */
export interface ItemStore {
  /** The items as they were added, by this request or the first with its key; undefined: no such conversation. Throws `KeyReused`. */
  add(at: Place, items: readonly MessageItem[], use: KeyUse | undefined): Promise<readonly MessageItem[] | undefined>
  /** `unknown_cursor`: `after` is none of the conversation's items. */
  list(at: Place, page: PageRequest): Promise<Page<MessageItem> | "no_conversation" | "unknown_cursor">
  find(at: Place, id: string): Promise<MessageItem | undefined>
  /** False when there is no such item. */
  delete(at: Place, id: string): Promise<boolean>
}

export interface Place {
  readonly tenant: string
  readonly conversation: string
}

export function createItemStore(database: PrimaryDatabase): ItemStore {
  return {
    async add(at, items, use) {
      return await database.transaction(transaction =>
        oncePerKey<readonly MessageItem[] | undefined, readonly string[]>(transaction, use, {
          make: async () => ((await appendItems(transaction, at.tenant, at.conversation, items)) ? items : undefined),
          idsOf: added => (added ?? []).map(item => item.id),
          find: ids => findAdded(transaction, at, ids),
        }),
      )
    },

    async list(at, { limit, order, after }) {
      const query = order === "asc" ? listUp : listDown
      const rows = await database.read<ListRow>(query, [at.conversation, at.tenant, after, limit + 1])
      const [first] = rows
      if (first === undefined) return "no_conversation"
      if (after !== undefined && first.after === null) return "unknown_cursor"
      const items = rows.flatMap(row => row.item ?? [])
      return { items: items.slice(0, limit), hasMore: items.length > limit }
    },

    async find(at, id) {
      const [row] = await database.read<{ item: MessageItem }>(findItem, [at.conversation, at.tenant, id])
      return row?.item
    },

    delete: (at, id) =>
      database.transaction(async transaction => {
        const [gone] = await transaction.run(deleteItem, [at.conversation, at.tenant, id])
        if (gone !== undefined) await transaction.run(noteDeletion, [at.tenant, id])
        return gone !== undefined
      }),
  }
}

/** Puts items at the end of a conversation, whose row it locks; false when there is no such conversation. */
export async function appendItems(
  transaction: Transaction,
  tenant: string,
  conversation: string,
  items: readonly MessageItem[],
): Promise<boolean> {
  const [found] = await transaction.run<{ first: number }>(reserve, [conversation, tenant, items.length])
  if (found === undefined) return false
  if (items.length === 0) return true
  const ids = items.map(item => item.id)
  const texts = items.map(item => JSON.stringify(item))
  await transaction.run(insertItems, [conversation, found.first, ids, texts])
  return true
}

/** Those that are left of them; undefined when the conversation is gone. */
async function findAdded(
  transaction: Transaction,
  at: Place,
  ids: readonly string[],
): Promise<readonly MessageItem[] | undefined> {
  const rows = await transaction.run<{ item: MessageItem | null }>(findItems, [at.conversation, at.tenant, ids])
  return rows.length === 0 ? undefined : rows.flatMap(row => row.item ?? [])
}

interface ListRow {
  readonly item: MessageItem | null
  readonly after: number | null
}

const reserve = statement(
  "reserve-item-positions",
  `UPDATE chatops.conversations SET next_item = next_item + $3::bigint
   WHERE id = $1 AND tenant = $2 AND deleted_at IS NULL RETURNING next_item - $3::bigint AS first`,
)

const insertItems = statement(
  "insert-items",
  `INSERT INTO chatops.conversation_items (conversation_id, position, id, item)
   SELECT $1, $2 + entry.ordinal - 1, entry.id, entry.item
   FROM unnest($3::text[], $4::json[]) WITH ORDINALITY AS entry (id, item, ordinal)`,
)

// One row without an item when the list is empty, none when there is no such conversation.
const list = (direction: "ASC" | "DESC", beyond: ">" | "<", from: string) => `
  WITH place AS (
    SELECT c.id, (SELECT position FROM chatops.conversation_items WHERE conversation_id = c.id AND id = $3::text) AS after
    FROM chatops.conversations c WHERE c.id = $1 AND c.tenant = $2 AND c.deleted_at IS NULL
  )
  SELECT i.item, place.after FROM place LEFT JOIN LATERAL (
    SELECT item, position FROM chatops.conversation_items
    WHERE conversation_id = place.id AND position ${beyond} coalesce(place.after, ${from})
    ORDER BY position ${direction} LIMIT $4
  ) i ON true ORDER BY i.position ${direction}`

const listUp = statement("list-items-up", list("ASC", ">", "-1"))
const listDown = statement("list-items-down", list("DESC", "<", "9223372036854775807"))

const inConversation = `i.conversation_id = $1 AND i.id = $3 AND EXISTS (
  SELECT FROM chatops.conversations c WHERE c.id = $1 AND c.tenant = $2 AND c.deleted_at IS NULL)`

const findItem = statement("find-item", `SELECT i.item FROM chatops.conversation_items i WHERE ${inConversation}`)

// One row without an item when none is left, none when there is no such conversation.
const findItems = statement(
  "find-added-items",
  `SELECT i.item FROM chatops.conversations c
   LEFT JOIN chatops.conversation_items i ON i.conversation_id = c.id AND i.id = ANY ($3::text[])
   WHERE c.id = $1 AND c.tenant = $2 AND c.deleted_at IS NULL ORDER BY i.position`,
)

const deleteItem = statement(
  "delete-item",
  `DELETE FROM chatops.conversation_items i WHERE ${inConversation} RETURNING i.id`,
)

const noteDeletion = statement(
  "note-item-deletion",
  "INSERT INTO chatops.deletions (tenant, kind, object_id) VALUES ($1, 'item', $2)",
)
