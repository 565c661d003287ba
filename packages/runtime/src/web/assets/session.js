// @ts-check
import { accepted } from "./api-client.js"
import { randomId } from "./random-id.js"
import { failureOf } from "./request-failed.js"
import { nextStep } from "./retry-policy.js"
import { storedValue } from "./stored-value.js"

/**
 * Why there is no session: `none` yet, the link's token `used` up or expired, the session `expired`,
 * or nobody answered (`unreachable`).
 *
 * @typedef {"none" | "used" | "expired" | "unreachable"} SignedOutReason
 * @typedef {{ readonly signedIn: true } | { readonly signedIn: false, readonly reason: SignedOutReason }} SessionState
 * @typedef {ReturnType<typeof createSession>} Session
 */

/**
 * The key that this tab speaks with. Kept for the life of the tab and shared with open tabs of the same origin only.
 *
 * @param {(state: SessionState) => void} changed
 */
export function createSession(changed) {
  const stored = storedValue("sessionStorage", "chatops.key", found => (typeof found === "string" ? found : null))
  const tabs = new BroadcastChannel("chatops.session")
  let signedIn = false
  /** @type {string | null} the last key that the server refused; other tabs may still believe in it */
  let refused = null

  /**
   * @param {string} key
   * @param {{ tell: boolean }} options
   */
  function signIn(key, { tell }) {
    stored.write(key)
    signedIn = true
    if (tell) tabs.postMessage({ key })
    changed({ signedIn: true })
  }

  /** @param {SignedOutReason} reason */
  function signOut(reason) {
    stored.write(null)
    signedIn = false
    changed({ signedIn: false, reason })
    tabs.postMessage("who has a key?")
  }

  tabs.onmessage = ({ data }) => {
    const key = stored.read()
    if (data === "who has a key?" && signedIn && key !== null) tabs.postMessage({ key })
    if (typeof data?.key === "string" && data.key !== refused && !signedIn) signIn(data.key, { tell: false })
  }

  async function start() {
    const token = takeToken()
    const key = stored.read()
    if (token === null) return key === null ? signOut("none") : signIn(key, { tell: false })
    const exchanged = await exchange(token)
    if ("key" in exchanged) return signIn(exchanged.key, { tell: true })
    return key === null ? signOut(exchanged.reason) : signIn(key, { tell: false })
  }
  window.addEventListener("hashchange", () => {
    if (location.hash.startsWith("#token=")) void start()
  })

  return {
    start,
    key: stored.read,
    /** @param {string} key */
    signIn: key => signIn(key, { tell: true }),
    /** @param {string | null} key the one that was refused; another one that came meanwhile stays */
    expired(key) {
      if (!signedIn || stored.read() !== key) return
      refused = key
      signOut("expired")
    },
  }
}

/** The one-time token, which leaves the address bar and the tab's history at once. */
function takeToken() {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (token === undefined) return null
  history.replaceState(null, "", location.pathname + location.search)
  try {
    return decodeURIComponent(token)
  } catch {
    return token
  }
}

/**
 * The token works once. The nonce tells a repeat of this exchange, whose answer may have been lost, from anybody else's.
 *
 * @param {string} token
 * @returns {Promise<{ key: string } | { reason: SignedOutReason }>}
 */
async function exchange(token) {
  const body = JSON.stringify({ token, nonce: randomId() })
  const init = { method: "POST", headers: { "content-type": "application/json" }, body }
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await accepted(await fetch("/chat/session", { ...init, cache: "no-store", credentials: "omit" }))
      return { key: String((await response.json()).key) }
    } catch (error) {
      const next = nextStep(failureOf(error), attempt, Math.random())
      if (next.kind === "repeat") await new Promise(resolve => setTimeout(resolve, next.delay))
      else return { reason: next.kind === "give-up" && next.again ? "unreachable" : "used" }
    }
  }
}
