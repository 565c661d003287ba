// @ts-check
import { element } from "./element.js"
import { createExchange } from "./exchange.js"
import { randomId } from "./random-id.js"
import { createHistory } from "./thread-history.js"

/**
 * @import { ApiClient } from "./api-client.js"
 * @import { Connection } from "./connection.js"
 * @import { ConversationStore } from "./conversation-store.js"
 * @import { Exchange } from "./exchange.js"
 * @import { Session } from "./session.js"
 * @import { HistoryOutcome } from "./thread-history.js"
 * @import { Unanswered, UnansweredStore } from "./unanswered-store.js"
 *
 * @typedef {object} ThreadEvents
 * @property {(thread: Thread) => void} changed busy or not, empty or not, placed or not
 * @property {(thread: Thread, text: string) => void} edit a question goes back to the composer
 * @property {(thread: Thread, text: string) => void} missing the server does not know the conversation
 *
 * @typedef {object} Surroundings what a thread is to its exchanges
 * @property {(conversation: string) => void} placed
 * @property {(item: string) => boolean} shows whether the page shows this item already
 * @property {() => void} changed it began or ended
 * @property {() => void} removed
 * @property {(text: string) => void} edit
 * @property {(text: string) => void} missing the server does not know the conversation
 *
 * @typedef {object} ThreadServices
 * @property {ApiClient} api
 * @property {Connection} connection
 * @property {Session} session
 * @property {ConversationStore} conversations
 * @property {UnansweredStore} unanswered
 * @typedef {ReturnType<typeof createThread>} Thread
 */

/**
 * One conversation on the page. An answer goes on arriving while another conversation is in front.
 *
 * @param {string | null} id null until the first question has been placed
 * @param {ThreadServices} services
 * @param {ThreadEvents} events
 */
export function createThread(id, services, events) {
  const { conversations, session, unanswered } = services
  const history = id === null ? null : createHistory(id, services)
  const live = element("div", { class: "messages" })
  const root = element("div", { class: "thread" }, ...(history ? [history.root] : []), live)
  /** @type {Exchange | null} */
  let last = null
  let loaded = history === null

  const thread = {
    root,
    get id() {
      return id
    },
    get busy() {
      return last?.busy ?? false
    },
    get empty() {
      return loaded && root.querySelector(".message") === null
    },

    /**
     * Shows what the server has, then goes on with a question that a reload or a lost session interrupted.
     *
     * @returns {Promise<HistoryOutcome>}
     */
    async load() {
      if (!loaded && history) {
        const key = session.key()
        const outcome = await history.load()
        if (outcome === "signed-out") session.expired(key)
        if (outcome === "missing") events.missing(thread, unanswered.of(id)?.text ?? "")
        if (outcome !== "loaded") return outcome
        loaded = true
        events.changed(thread)
      }
      resume()
      return "loaded"
    },

    /** @param {string} text */
    send(text) {
      if (thread.busy) return
      void add({ key: randomId(), conversation: id, text, state: "pending" }).start()
    },

    stop: () => last?.stop(),
    forget: () => last?.forget(),
  }

  function resume() {
    const question = unanswered.of(id)
    if (question === undefined || thread.busy) return
    const shown = last?.key === question.key
    if (shown && question.state !== "pending") return
    void (shown && last ? last : add(question)).start()
  }

  /** @param {Unanswered} question */
  function add(question) {
    last?.settle()
    if (id !== null) conversations.touch(id, question.text)
    last = createExchange(question, services, {
      placed(conversation) {
        id = conversation
        conversations.touch(id, question.text)
        events.changed(thread)
      },
      shows: item => history?.has(item) ?? false,
      changed: () => events.changed(thread),
      removed() {
        last = null
        events.changed(thread)
      },
      edit: text => events.edit(thread, text),
      missing: text => events.missing(thread, text),
    })
    live.append(...last.views)
    return last
  }

  return thread
}
