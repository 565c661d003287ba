// @ts-check
import { announce } from "./announcer.js"
import { byId } from "./element.js"
import { isRecord, storedValue } from "./stored-value.js"

/** @typedef {ReturnType<typeof createComposer>} Composer */

/**
 * Where a message is written. Keeps an unsent draft for every conversation, also over a reload.
 *
 * @param {{ send(text: string): void, stop(): void }} act
 */
export function createComposer(act) {
  const form = byId("composer", HTMLFormElement)
  const field = byId("question", HTMLTextAreaElement)
  const sendButton = byId("send", HTMLButtonElement)
  const stopButton = byId("stop", HTMLButtonElement)
  const drafts = storedValue("sessionStorage", "chatops.drafts", found => (isRecord(found) ? found : {}))
  let busy = false
  let conversation = ""

  function fit() {
    field.style.height = "auto"
    field.style.height = `${field.scrollHeight}px`
    sendButton.disabled = field.value.trim() === ""
  }

  /** @param {string} text */
  function write(text) {
    field.value = text
    keep()
  }

  function keep() {
    const { [conversation]: _, ...others } = drafts.read()
    drafts.write(field.value === "" ? others : { ...others, [conversation]: field.value })
    fit()
  }

  function send() {
    const text = field.value.trim()
    if (text === "") return
    if (busy) return announce("Wait for the answer, or press Escape to stop it.")
    write("")
    act.send(text)
  }

  field.addEventListener("input", keep)
  field.addEventListener("keydown", event => {
    // While composing (Japanese, Chinese…), Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    send()
  })
  form.addEventListener("submit", event => {
    event.preventDefault()
    send()
    field.focus()
  })
  stopButton.addEventListener("click", () => {
    act.stop()
    field.focus()
  })
  window.addEventListener("resize", fit)

  return {
    write,

    /** @param {string | null} id the conversation that the field is for from now on */
    turnTo(id) {
      conversation = id ?? ""
      const draft = drafts.read()[conversation]
      field.value = typeof draft === "string" ? draft : ""
      fit()
    },

    /**
     * The same conversation has its id now.
     *
     * @param {string} id
     */
    rename(id) {
      if (conversation === id) return
      const { [conversation]: _, ...others } = drafts.read()
      drafts.write(others)
      conversation = id
      keep()
    },

    /** @param {boolean} now */
    setBusy(now) {
      const hadFocus = document.activeElement === stopButton || document.activeElement === sendButton
      busy = now
      sendButton.hidden = now
      stopButton.hidden = !now
      if (hadFocus) field.focus()
    },

    focus: () => field.focus(),
  }
}
