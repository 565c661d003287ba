// @ts-check
import { createThread } from "./thread.js"

/** @import { Thread, ThreadEvents, ThreadServices } from "./thread.js" */

/**
 * The conversations that this page has opened; each goes on by itself while another one is in front.
 *
 * @param {ThreadServices} services
 * @param {ThreadEvents} events
 */
export function createThreadSet(services, events) {
  /** @type {Map<string, Thread>} */
  const placed = new Map()
  /** The one without an id; its first question places it. */
  let blank = createThread(null, services, events)

  function settle() {
    if (blank.id === null) return
    placed.set(blank.id, blank)
    blank = createThread(null, services, events)
  }

  return {
    /**
     * @param {string | null} id null: the blank one
     * @returns {Thread}
     */
    get(id) {
      settle()
      if (id === null) return blank
      const thread = placed.get(id) ?? createThread(id, services, events)
      placed.set(id, thread)
      return thread
    },

    /** @returns {Thread[]} */
    all() {
      settle()
      return [blank, ...placed.values()]
    },

    /** @param {string} id */
    remove(id) {
      settle()
      placed.get(id)?.forget()
      placed.delete(id)
    },
  }
}
