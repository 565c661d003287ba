// @ts-check
import { copyButton } from "./copy-button.js"
import { element } from "./element.js"
import { icon } from "./icon.js"
import { createRichText } from "./rich-text-view.js"

/**
 * @import { Origin } from "./api-client.js"
 * @typedef {{ readonly label: string, readonly icon: "again" | "edit", act(): void }} Action
 * @typedef {ReturnType<typeof createAnswer>} AnswerView
 */

/** @param {string} text */
export function createQuestion(text) {
  return element(
    "article",
    { class: "message question" },
    element("h2", { class: "unseen" }, "You"),
    element("div", { class: "bubble", dir: "auto" }, text),
  )
}

export function createAnswer() {
  const text = element("div", { class: "text", dir: "auto" })
  const status = element("p", { class: "status", hidden: "" })
  const foot = element("div", { class: "foot" })
  const root = element(
    "article",
    { class: "message answer" },
    element("h2", { class: "unseen" }, "Answer"),
    text,
    status,
    foot,
  )
  const showText = createRichText(text)
  let whole = ""
  let frame = 0

  function flush() {
    cancelAnimationFrame(frame)
    frame = 0
    showText(whole)
  }

  /**
   * @param {string} state
   * @param {string} line
   * @param {ReadonlyArray<Node>} footer
   */
  function become(state, line, ...footer) {
    root.dataset["state"] = state
    status.textContent = line
    status.hidden = line === ""
    foot.replaceChildren(...footer)
  }

  return {
    root,
    plainText: () => whole,
    waiting: () => become("waiting", "Thinking"),
    offline: () => become("again", "Waiting for the network"),

    /** @param {string} now replaces what was shown; painted once a frame */
    text(now) {
      if (root.dataset["state"] !== "streaming") become("streaming", "")
      whole = now
      frame ||= requestAnimationFrame(flush)
    },

    /** What is shown will not be part of the answer. */
    again: () => become("again", "Connection lost, asking again…"),

    /** @param {{ text: string, cutOff?: string | null, origin?: Origin, tries?: number }} answer */
    complete({ text: final, cutOff = null, origin, tries = 1 }) {
      whole = final
      flush()
      become(
        "complete",
        cutOffText(cutOff),
        copyButton("answer", () => whole),
      )
      if (origin?.region || origin?.release) foot.append(originLine(origin, tries))
    },

    /**
     * @param {"stopped" | "failed" | "paused"} state
     * @param {string} line
     * @param {Action[]} actions
     */
    ended(state, line, actions = []) {
      flush()
      become(state, line, ...actions.map(actionButton))
    },

    /** A later question was asked; this one is not offered again. */
    settle() {
      if (root.dataset["state"] !== "complete") foot.replaceChildren()
    },
  }
}

/** @param {string | null} reason */
function cutOffText(reason) {
  if (reason === null) return ""
  if (reason === "max_output_tokens") return "The answer ended at the length limit."
  return reason === "content_filter" ? "The answer was ended by a content filter." : "The answer ended early."
}

/** @param {Action} action */
function actionButton(action) {
  const button = element("button", { type: "button", class: "small" }, icon(action.icon), action.label)
  button.addEventListener("click", action.act)
  return button
}

/**
 * @param {Origin} origin
 * @param {number} tries
 */
function originLine({ region, release }, tries) {
  const parts = [region, release && shortRelease(release), tries > 1 && `asked ${tries} times`].filter(Boolean)
  const title = [region && `Region ${region}`, release && `release ${release}`].filter(Boolean).join(", ")
  return element("span", { class: "origin", title }, `answered by ${parts.join(" · ")}`)
}

/** @param {string} release `rel_` and 12 hexadecimal digits; the first four tell releases apart */
function shortRelease(release) {
  return release.replace(/^(rel_[0-9a-f]{4})[0-9a-f]+$/, "$1")
}
