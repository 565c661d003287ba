// @ts-check

/** Distance from the end that still counts as being there, in pixels. */
const near = 64

/**
 * Keeps the end in view while the reader is there, and leaves alone who has scrolled up.
 *
 * @param {HTMLElement} scroller
 * @param {HTMLElement} content
 * @param {HTMLButtonElement} button shown while there is something below
 */
export function followScroll(scroller, content, button) {
  let following = true
  let lastTop = 0

  const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight

  function toEnd() {
    following = true
    scroller.scrollTop = scroller.scrollHeight
    lastTop = scroller.scrollTop
    button.hidden = true
  }

  scroller.addEventListener(
    "scroll",
    () => {
      // Text that grows moves the end away; only going up means leaving it.
      if (distance() < near) following = true
      else if (scroller.scrollTop < lastTop) following = false
      lastTop = scroller.scrollTop
      button.hidden = following || distance() < near
    },
    { passive: true },
  )
  const sizes = new ResizeObserver(() => {
    if (following) toEnd()
    else button.hidden = distance() < near
  })
  sizes.observe(content)
  sizes.observe(scroller)
  button.addEventListener("click", () => {
    toEnd()
    scroller.focus({ preventScroll: true })
  })

  return { toEnd }
}
