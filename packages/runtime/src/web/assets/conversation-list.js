// @ts-check
import { byId, element } from "./element.js"
import { icon } from "./icon.js"

/**
 * @import { Conversation } from "./conversation-store.js"
 * @typedef {{ open(id: string): void, remove(id: string): void }} ListActions
 */

/** @param {ListActions} act */
export function createConversationList(act) {
  const list = byId("conversation-list", HTMLUListElement)
  const nothing = byId("no-conversations", HTMLElement)
  /** @type {string | null} the entry that asks whether it should really go */
  let asking = null
  let shown = ""

  /**
   * @param {Conversation[]} conversations
   * @param {string | null} current
   */
  function show(conversations, current) {
    const wanted = JSON.stringify([conversations.map(({ id, title }) => [id, title]), current, asking])
    if (wanted === shown) return
    shown = wanted
    nothing.hidden = conversations.length > 0
    list.replaceChildren(...conversations.map(each => (each.id === asking ? question(each) : entry(each))))

    /** @param {Conversation} conversation */
    function entry({ id, title }) {
      const attributes = { type: "button", class: "entry", title, ...(id === current && { "aria-current": "true" }) }
      const open = element("button", attributes, title)
      open.addEventListener("click", () => act.open(id))
      const label = `Remove “${title}” from this list`
      const remove = element("button", { type: "button", class: "quiet remove", "aria-label": label }, icon("remove"))
      remove.addEventListener("click", () => ask(id))
      return element("li", {}, open, remove)
    }

    /** @param {Conversation} conversation */
    function question({ id, title }) {
      const remove = element("button", { type: "button", class: "small danger" }, "Remove")
      const keep = element("button", { type: "button", class: "small" }, "Keep")
      remove.addEventListener("click", () => {
        asking = null
        act.remove(id)
      })
      keep.addEventListener("click", () => ask(null))
      const text = element("p", {}, `Remove “${title}” from this list?`)
      return element("li", { class: "asking" }, text, remove, keep)
    }

    /** @param {string | null} id */
    function ask(id) {
      const before = asking
      asking = id
      show(conversations, current)
      const at = conversations.findIndex(each => each.id === (id ?? before))
      const buttons = list.children[at]?.querySelectorAll("button")
      buttons?.[buttons.length - 1]?.focus()
    }
  }

  return { show }
}
