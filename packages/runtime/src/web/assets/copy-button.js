// @ts-check
import { announce } from "./announcer.js"
import { element } from "./element.js"
import { icon } from "./icon.js"

/** How long the button says that it worked, in milliseconds. */
const praise = 1_600

/**
 * @param {string} what "answer", "code"
 * @param {() => string} text
 */
export function copyButton(what, text) {
  const label = element("span", {}, "Copy")
  const button = element(
    "button",
    { type: "button", class: "quiet copy", "aria-label": `Copy ${what}` },
    icon("copy"),
    label,
  )
  button.addEventListener("click", async () => {
    const worked = await copy(text())
    label.textContent = worked ? "Copied" : "Not allowed"
    button.firstElementChild?.replaceWith(icon(worked ? "check" : "copy"))
    announce(worked ? `The ${what} was copied.` : "The browser did not allow copying.")
    setTimeout(() => {
      label.textContent = "Copy"
      button.firstElementChild?.replaceWith(icon("copy"))
    }, praise)
  })
  return button
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyOldWay(text)
  }
}

/**
 * The clipboard's interface exists on secure origins only; this works on plain HTTP too.
 *
 * @param {string} text
 */
function copyOldWay(text) {
  const before = document.activeElement
  const field = element("textarea", { class: "unseen", readonly: "" }, text)
  document.body.append(field)
  field.select()
  const worked = document.execCommand("copy")
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return worked
}
