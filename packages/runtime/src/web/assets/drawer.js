// @ts-check
import { byId } from "./element.js"

/** The list of conversations: beside the chat on a wide screen, over it on a narrow one. */
export function createDrawer() {
  const drawer = byId("conversations", HTMLElement)
  const main = byId("main", HTMLElement)
  const button = byId("open-conversations", HTMLButtonElement)
  const shade = byId("shade", HTMLElement)
  const narrow = window.matchMedia("(width < 56rem)")
  let open = false

  function update() {
    const over = narrow.matches && open
    drawer.inert = narrow.matches && !open
    main.inert = over
    shade.hidden = !over
    drawer.classList.toggle("open", over)
    button.setAttribute("aria-expanded", String(over))
  }

  /** @param {boolean} now */
  function set(now) {
    const wasOver = narrow.matches && open
    open = now
    update()
    if (open && narrow.matches) drawer.querySelector("button")?.focus()
    else if (wasOver) button.focus()
  }

  button.addEventListener("click", () => set(true))
  byId("close-conversations", HTMLButtonElement).addEventListener("click", () => set(false))
  shade.addEventListener("click", () => set(false))
  narrow.addEventListener("change", update)
  update()

  return {
    /** @returns {boolean} whether it was open over the chat */
    close() {
      const wasOver = narrow.matches && open
      if (wasOver) set(false)
      return wasOver
    },
  }
}
