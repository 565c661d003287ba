// @ts-check
import { byId } from "./element.js"

/** What a screen reader is made to read at most; the rest is in the log. In characters. */
const longest = 1_200

/**
 * Tells people who listen, once, politely.
 *
 * @param {string} text
 */
export function announce(text) {
  const said = text.length > longest ? `${text.slice(0, longest)}… The answer goes on.` : text
  const region = byId("announcements", HTMLElement)
  // A new node is spoken even when it says the same as the last one.
  region.replaceChildren(document.createTextNode(said))
}
