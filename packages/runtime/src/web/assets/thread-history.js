// @ts-check
import { element } from "./element.js"
import { createAnswer, createQuestion } from "./message-view.js"
import { failureOf } from "./request-failed.js"
import { nextStep } from "./retry-policy.js"

/**
 * @import { ApiClient, Message } from "./api-client.js"
 * @import { Connection } from "./connection.js"
 * @typedef {"loaded" | "missing" | "signed-out" | "failed"} HistoryOutcome
 */

/** Messages fetched at once. */
const page = 40

/**
 * The part of a conversation that the server has: the newest messages at once, earlier ones on request.
 *
 * @param {string} conversation
 * @param {{ api: ApiClient, connection: Connection }} services
 */
export function createHistory(conversation, { api, connection }) {
  const earlier = element("button", { type: "button", class: "small earlier", hidden: "" }, "Show earlier messages")
  const messages = element("div", { class: "messages" })
  const root = element("div", { class: "history" }, earlier, messages)
  /** @type {Map<string, HTMLElement>} */
  const known = new Map()
  /** @type {string | undefined} */
  let oldest

  /** @returns {Promise<HistoryOutcome>} */
  async function load() {
    root.dataset["state"] = "loading"
    for (let attempt = 1; ; attempt++) {
      try {
        const never = new AbortController().signal
        await connection.online(never)
        show(await api.messages(conversation, { limit: page, ...(oldest && { before: oldest }) }))
        root.dataset["state"] = "loaded"
        return "loaded"
      } catch (error) {
        const failure = failureOf(error)
        const next = nextStep(failure, attempt, Math.random())
        if (next.kind === "repeat") await connection.pause(next.delay, new AbortController().signal)
        else {
          root.dataset["state"] = "failed"
          if (next.kind === "sign-in") return "signed-out"
          return failure.kind === "refused" && failure.status === 404 ? "missing" : "failed"
        }
      }
    }
  }

  /** @param {{ messages: Message[], more: boolean }} found */
  function show(found) {
    const views = found.messages
      .filter(message => !known.has(message.id))
      .map(message => {
        const view = toView(message)
        known.set(message.id, view)
        return view
      })
    messages.prepend(...views)
    oldest = found.messages[0]?.id ?? oldest
    earlier.hidden = !found.more
  }

  earlier.addEventListener("click", async () => {
    const scroller = root.closest("[role=log]")
    const fromEnd = scroller ? scroller.scrollHeight - scroller.scrollTop : 0
    earlier.disabled = true
    await load()
    earlier.disabled = false
    // What was being read stays where it was.
    if (scroller) scroller.scrollTop = scroller.scrollHeight - fromEnd
  })

  return { root, load, has: (/** @type {string} */ id) => known.has(id) }
}

/** @param {Message} message */
function toView({ role, text }) {
  if (role === "user") return createQuestion(text)
  const answer = createAnswer()
  answer.complete({ text })
  return answer.root
}
