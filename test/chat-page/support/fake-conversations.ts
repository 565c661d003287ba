/** One message as `GET /v1/conversations/{id}/items` lists it. */
export interface FakeItem {
  readonly id: string
  readonly type: "message"
  readonly role: "user" | "assistant"
  readonly content: readonly { readonly type: "input_text" | "output_text"; readonly text: string }[]
}

/** The fake server's conversations, in memory. */
export class FakeConversations {
  readonly #items = new Map<string, FakeItem[]>()
  #next = 1

  create(): string {
    const id = `conv_${this.#next++}`
    this.#items.set(id, [])
    return id
  }

  has(id: string): boolean {
    return this.#items.has(id)
  }

  forget(id: string): void {
    this.#items.delete(id)
  }

  add(conversation: string, turn: { question: string; answer: string; itemId?: string }): void {
    const items = this.#items.get(conversation)
    const number = this.#next++
    items?.push(message(`msg_u${number}`, "user", "input_text", turn.question))
    items?.push(message(turn.itemId ?? `msg_a${number}`, "assistant", "output_text", turn.answer))
  }

  /** Newest first, as the page asks for them. */
  page(conversation: string, { after, limit }: { after: string | null; limit: number }) {
    const newestFirst = (this.#items.get(conversation) ?? []).toReversed()
    const start = after === null ? 0 : newestFirst.findIndex(item => item.id === after) + 1
    const data = newestFirst.slice(start, start + limit)
    return { object: "list", data, has_more: start + limit < newestFirst.length }
  }

  texts(conversation: string): string[] {
    return (this.#items.get(conversation) ?? []).map(item => item.content.map(part => part.text).join(""))
  }
}

function message(id: string, role: FakeItem["role"], type: "input_text" | "output_text", text: string): FakeItem {
  return { id, type: "message", role, content: [{ type, text }] }
}
