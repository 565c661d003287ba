// @ts-check
import { isRecord, storedValue } from "./stored-value.js"

/**
 * @typedef {{ readonly id: string, readonly title: string, readonly updatedAt: number }} Conversation
 * `updatedAt` in milliseconds since 1970
 * @typedef {ReturnType<typeof createConversationStore>} ConversationStore
 */

/** Enough to find one's way back; older ones fall off the list, never off the server. */
const longestList = 100
const longestTitle = 60

/**
 * The conversations that this browser knows, newest first, and the one in front.
 *
 * @param {() => void} changed also when another tab changed it
 */
export function createConversationStore(changed) {
  const list = storedValue("localStorage", "chatops.conversations", parseList)
  const current = storedValue("localStorage", "chatops.conversation", parseId)
  const currentHere = storedValue("sessionStorage", "chatops.conversation", parseId)
  window.addEventListener("storage", changed)

  /** @param {Conversation[]} conversations */
  function write(conversations) {
    list.write(conversations.toSorted((a, b) => b.updatedAt - a.updatedAt).slice(0, longestList))
    changed()
  }

  return {
    list: list.read,

    /** @returns {string | null} */
    current: () => currentHere.read() ?? current.read(),

    /** @param {string | null} id */
    setCurrent(id) {
      current.write(id)
      currentHere.write(id)
    },

    /**
     * Puts it at the head of the list.
     *
     * @param {string} id
     * @param {string} question names a conversation that has no title yet
     */
    touch(id, question) {
      const known = list.read().find(conversation => conversation.id === id)
      const rest = list.read().filter(conversation => conversation.id !== id)
      write([{ id, title: known?.title ?? titleFrom(question), updatedAt: Date.now() }, ...rest])
    },

    /** @param {string} id */
    remove(id) {
      if (current.read() === id) current.write(null)
      if (currentHere.read() === id) currentHere.write(null)
      write(list.read().filter(conversation => conversation.id !== id))
    },
  }
}

/** @param {string} question */
function titleFrom(question) {
  const words = question.trim().split(/\s+/)
  let title = ""
  for (const word of words) {
    if (title.length + word.length > longestTitle) return `${title || word.slice(0, longestTitle)}…`
    title = title === "" ? word : `${title} ${word}`
  }
  return title
}

/**
 * @param {unknown} found
 * @returns {Conversation[]}
 */
function parseList(found) {
  if (!Array.isArray(found)) return []
  return found.filter(isRecord).map(({ id, title, updatedAt }) => ({
    id: String(id),
    title: String(title),
    updatedAt: Number(updatedAt) || 0,
  }))
}

/**
 * @param {unknown} found
 * @returns {string | null}
 */
function parseId(found) {
  return typeof found === "string" ? found : null
}
