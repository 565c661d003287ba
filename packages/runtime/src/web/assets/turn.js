// @ts-check
import { readAnswer } from "./answer-reader.js"
import { failureOf } from "./request-failed.js"
import { nextStep } from "./retry-policy.js"

/**
 * @import { Answer } from "./answer-reader.js"
 * @import { ApiClient, Origin } from "./api-client.js"
 * @import { Connection } from "./connection.js"
 * @import { NextStep } from "./retry-policy.js"
 *
 * @typedef {{ conversation: string | null, readonly text: string, readonly key: string }} Question
 * @typedef {{ readonly kind: "answered", readonly answer: Answer, readonly origin: Origin, readonly tries: number }
 *   | { readonly kind: "stopped" }
 *   | Exclude<NextStep, { kind: "repeat" }>} Outcome
 *
 * @typedef {object} Progress what a person gets to see meanwhile
 * @property {(conversation: string) => void} placed the question has a conversation now
 * @property {(whole: string) => void} text replaces what was shown before
 * @property {(id: string) => void} item the answer's id, before its first word
 * @property {() => void} offline it waits for the network
 * @property {() => void} again the try failed; the next one follows by itself
 */

/**
 * Asks until there is an answer, it is stopped, or asking again makes no sense.
 * Every try carries the same key, so that all of them together make at most one turn.
 *
 * @param {Question} question
 * @param {{ api: ApiClient, connection: Connection }} services
 * @param {Progress} show
 * @param {AbortSignal} stop
 * @returns {Promise<Outcome>}
 */
export async function ask(question, { api, connection }, show, stop) {
  for (let attempt = 1; ; attempt++) {
    /** @type {string | null} */
    let response = null
    const noted = {
      ...show,
      /** @param {string} id */
      response(id) {
        response = id
      },
    }
    const connected = new AbortController()
    const signal = AbortSignal.any([stop, connected.signal])
    try {
      if (!connection.isOnline()) show.offline()
      await connection.online(stop)
      if (question.conversation === null) {
        question.conversation = await api.createConversation(signal)
        show.placed(question.conversation)
      }
      const { conversation, text, key } = question
      const { origin, events } = await api.respond({ conversation, text, key }, signal)
      return {
        kind: "answered",
        answer: await readAnswer(events, noted),
        origin,
        tries: attempt,
      }
    } catch (error) {
      if (stop.aborted) {
        // It may be over already; whether it is told makes no difference to who stopped it.
        if (response !== null) api.cancel(response).catch(() => {})
        return { kind: "stopped" }
      }
      const next = nextStep(failureOf(error), attempt, Math.random())
      if (next.kind !== "repeat") return next
      show.again()
      await connection.pause(next.delay, stop)
      if (stop.aborted) return { kind: "stopped" }
    } finally {
      connected.abort()
    }
  }
}
