// @ts-check
import { randomId } from "./random-id.js"

/**
 * @import { Unanswered, UnansweredStore } from "./unanswered-store.js"
 * @typedef {ReturnType<typeof keepQuestion>} KeptQuestion
 */

/**
 * A question that stays in the store, as it is at the moment, until it has its answer.
 *
 * @param {Unanswered} question
 * @param {UnansweredStore} store
 */
export function keepQuestion(question, store) {
  store.put(question)

  /** @param {Partial<Unanswered>} change */
  function become(change) {
    if (change.key !== undefined) store.remove(question.key)
    question = { ...question, ...change }
    store.put(question)
  }

  return {
    /** @returns {Unanswered} */
    get now() {
      return question
    },
    become,
    /** For a question that was refused: the refusal may be remembered under its key. */
    renewKey: () => become({ key: randomId() }),
    drop: () => store.remove(question.key),
  }
}
