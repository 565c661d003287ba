// @ts-check
import { announce } from "./announcer.js"
import { byId } from "./element.js"
import { failureText } from "./failure-text.js"
import { failureOf } from "./request-failed.js"

/** @import { SignedOutReason } from "./session.js" */

/** @type {Readonly<Record<SignedOutReason, { title: string, text: string }>>} */
const explanations = {
  none: {
    title: "Open the chat with a key",
    text: "This page needs to know who is asking. In the app's directory, run",
  },
  used: { title: "This link has been used", text: "A link works once and for a short time. For a new one, run" },
  expired: { title: "Your session has ended", text: "Nothing is lost: what you wrote is kept here. To go on, run" },
  unreachable: { title: "The server could not be reached", text: "Once it answers again, open a new link: run" },
}

/**
 * What the page says while it has no key: how to get one, or a field to paste one.
 *
 * @param {(key: string) => Promise<void>} tryKey throws when the key is not accepted
 */
export function createSignIn(tryKey) {
  const section = byId("sign-in", HTMLElement)
  const title = byId("sign-in-title", HTMLElement)
  const text = byId("sign-in-text", HTMLElement)
  const form = byId("key-form", HTMLFormElement)
  const field = byId("key", HTMLInputElement)
  const problem = byId("key-problem", HTMLElement)
  const button = byId("use-key", HTMLButtonElement)

  /** @param {string} message */
  function complain(message) {
    problem.textContent = message
    problem.hidden = message === ""
    if (message === "") field.removeAttribute("aria-invalid")
    else field.setAttribute("aria-invalid", "true")
  }

  form.addEventListener("submit", async event => {
    event.preventDefault()
    const key = field.value.trim()
    // What a header cannot carry is no key.
    if (!/^[\x21-\x7e]+$/.test(key)) return complain("A key is one word of letters and digits.")
    button.disabled = true
    complain("")
    try {
      await tryKey(key)
      field.value = ""
    } catch (error) {
      const failure = failureOf(error)
      const refused = failure.kind === "refused" && failure.status === 401
      complain(refused ? "This key is not accepted." : failureText(failure))
      field.focus()
    } finally {
      button.disabled = false
    }
  })

  return {
    /** @param {SignedOutReason | null} reason null: signed in */
    show(reason) {
      section.hidden = reason === null
      document.body.classList.toggle("signed-out", reason !== null)
      if (reason === null) return complain("")
      title.textContent = explanations[reason].title
      text.textContent = explanations[reason].text
      announce(`${explanations[reason].title}. ${explanations[reason].text} chatops open.`)
      title.focus({ preventScroll: true })
    },
  }
}
