// @ts-check
import { announce } from "./announcer.js"
import { byId } from "./element.js"

/** The line above the conversation: about the network as long as it lasts, about an event until it is closed. */
export function createNotice() {
  const root = byId("notice", HTMLElement)
  const text = byId("notice-text", HTMLElement)
  const action = byId("notice-action", HTMLButtonElement)
  const close = byId("notice-close", HTMLButtonElement)
  let offline = false
  /** @type {{ text: string, action?: { label: string, act(): void } } | null} */
  let event = null

  function update() {
    const wanted = offline
      ? "You are offline. What you send is kept, and goes out when the network is back."
      : event?.text
    const spoken = wanted !== undefined && text.textContent !== wanted
    root.hidden = wanted === undefined
    root.classList.toggle("offline", offline)
    text.textContent = wanted ?? ""
    action.hidden = offline || event?.action === undefined
    action.textContent = event?.action?.label ?? ""
    close.hidden = offline
    if (spoken) announce(wanted)
  }

  function clear() {
    event = null
    update()
  }

  action.addEventListener("click", () => {
    const act = event?.action?.act
    clear()
    act?.()
  })
  close.addEventListener("click", clear)

  return {
    /** @param {boolean} online */
    setOnline(online) {
      const back = offline && online
      offline = !online
      update()
      if (back) announce("You are online again.")
    },

    /**
     * @param {string} message
     * @param {{ label: string, act(): void }} [offered]
     */
    show(message, offered) {
      event = { text: message, ...(offered && { action: offered }) }
      update()
    },

    clear,
  }
}
