// @ts-check
import { announce } from "./announcer.js"
import { failureText } from "./failure-text.js"
import { keepQuestion } from "./kept-question.js"
import { createAnswer, createQuestion } from "./message-view.js"
import { ask } from "./turn.js"

/**
 * @import { Surroundings, ThreadServices } from "./thread.js"
 * @import { Outcome } from "./turn.js"
 * @import { Unanswered } from "./unanswered-store.js"
 *
 * @typedef {ReturnType<typeof createExchange>} Exchange
 */

/**
 * One question and its answer: asked, asked again, stopped, taken back.
 *
 * @param {Unanswered} asked
 * @param {ThreadServices} services
 * @param {Surroundings} around
 */
export function createExchange(asked, services, around) {
  const { session, unanswered } = services
  const question = keepQuestion(asked, unanswered)
  const answer = createAnswer()
  const views = [createQuestion(asked.text), answer.root]
  /** @type {AbortController | null} */
  let running = null

  const exchange = {
    views,
    get key() {
      return question.now.key
    },
    get busy() {
      return running !== null
    },
    stop: () => running?.abort(),
    /** Stops, and leaves nothing of the question behind. */
    forget() {
      remove()
      running?.abort()
    },
    /** It is no longer the last one, so it is not offered again. */
    settle: answer.settle,

    /** Asks, or after a reload shows where it had come to. */
    async start() {
      if (running) return
      const { state } = question.now
      if (state !== "pending") return offer(state, restored[state], { again: true })
      const stop = new AbortController()
      const key = session.key()
      running = stop
      answer.waiting()
      around.changed()
      const outcome = await ask({ ...question.now }, services, progress(stop), stop.signal)
      running = null
      if (views[0]?.parentNode) finish(outcome, key)
      around.changed()
    },
  }

  /** @param {AbortController} stop */
  function progress(stop) {
    return {
      /** @param {string} conversation */
      placed(conversation) {
        question.become({ conversation })
        around.placed(conversation)
      },
      text: answer.text,
      offline: answer.offline,
      /** @param {string} item */
      item(item) {
        if (!around.shows(item)) return
        // It had been stored just before a reload, and stands above.
        remove()
        stop.abort()
      },
      again() {
        answer.again()
        announce("Connection lost, asking again.")
      },
    }
  }

  /**
   * @param {Outcome} outcome
   * @param {string | null} key the session's key when it was asked
   */
  function finish(outcome, key) {
    switch (outcome.kind) {
      case "answered":
        question.drop()
        answer.complete({ ...outcome.answer, origin: outcome.origin, tries: outcome.tries })
        return announce(`Answer: ${outcome.answer.text}`)
      case "stopped":
        offer("stopped", restored.stopped, { again: true })
        return announce("The answer was stopped.")
      case "sign-in": {
        // Whoever writes at once is faster than the link's sign-in: nobody else asks again with the key that came.
        const now = session.key()
        if (now !== null && now !== key) return void exchange.start()
        answer.ended("paused", "Your question is kept, and asked as soon as you are back in.")
        return session.expired(key)
      }
      case "give-up":
        return giveUp(outcome)
    }
  }

  /** @param {Extract<Outcome, { kind: "give-up" }>} outcome */
  function giveUp({ failure, again }) {
    if (failure.kind === "refused" && failure.code === "conversation_not_found") {
      remove()
      return around.missing(asked.text)
    }
    if (failure.kind === "refused" && failure.status < 500) question.renewKey()
    offer("failed", failureText(failure), { again })
    announce(failureText(failure))
  }

  /**
   * @param {"stopped" | "failed"} state
   * @param {string} line
   * @param {{ again: boolean }} offered
   */
  function offer(state, line, { again }) {
    question.become({ state })
    const repeat = { label: "Try again", icon: /** @type {const} */ ("again"), act: askAgain }
    const edit = { label: "Edit", icon: /** @type {const} */ ("edit"), act: takeBack }
    answer.ended(state, line, again ? [repeat, edit] : [edit])
  }

  function askAgain() {
    question.become({ state: "pending" })
    void exchange.start()
  }

  function takeBack() {
    remove()
    around.edit(asked.text)
  }

  function remove() {
    question.drop()
    for (const view of views) view.remove()
    around.removed()
  }

  return exchange
}

const restored = { stopped: "Stopped.", failed: "This question has no answer yet." }
