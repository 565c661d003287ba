// @ts-check
import { isRecord, storedValue } from "./stored-value.js"

/**
 * A question without an answer yet. `pending` ones are asked again by themselves after a reload, with the same key.
 *
 * @typedef {{ readonly key: string, readonly conversation: string | null, readonly text: string,
 *   readonly state: "pending" | "stopped" | "failed" }} Unanswered
 * @typedef {ReturnType<typeof createUnansweredStore>} UnansweredStore
 */

/** Survives a reload of this tab; another tab has its own. */
export function createUnansweredStore() {
  const questions = storedValue("sessionStorage", "chatops.unanswered", parse)

  return {
    /**
     * @param {string | null} conversation
     * @returns {Unanswered | undefined}
     */
    of: conversation => questions.read().findLast(question => question.conversation === conversation),

    /**
     * One a conversation: a later question replaces an earlier one.
     *
     * @param {Unanswered} question
     */
    put(question) {
      const others = questions.read().filter(other => {
        const sameConversation = other.conversation !== null && other.conversation === question.conversation
        return other.key !== question.key && !sameConversation
      })
      questions.write([...others, question])
    },

    /** @param {string} key */
    remove(key) {
      questions.write(questions.read().filter(question => question.key !== key))
    },
  }
}

/**
 * @param {unknown} found
 * @returns {Unanswered[]}
 */
function parse(found) {
  if (!Array.isArray(found)) return []
  return found.filter(isRecord).map(({ key, conversation, text, state }) => ({
    key: String(key),
    conversation: typeof conversation === "string" ? conversation : null,
    text: String(text),
    state: state === "stopped" || state === "failed" ? state : "pending",
  }))
}
