// @ts-check
import { createApiClient } from "./api-client.js"
import { createComposer } from "./composer.js"
import { createConnection } from "./connection.js"
import { createConversationList } from "./conversation-list.js"
import { createConversationStore } from "./conversation-store.js"
import { createDrawer } from "./drawer.js"
import { byId } from "./element.js"
import { createNotice } from "./notice.js"
import { followScroll } from "./scroll-follower.js"
import { createSession } from "./session.js"
import { createSignIn } from "./sign-in.js"
import { createThreadSet } from "./thread-set.js"
import { createUnansweredStore } from "./unanswered-store.js"

/** @import { Thread } from "./thread.js" */

const stage = byId("threads", HTMLElement)
const welcome = byId("welcome", HTMLElement)
const canHover = window.matchMedia("(hover: hover) and (pointer: fine)")

const notice = createNotice()
const connection = createConnection(notice.setOnline)
const session = createSession(sessionChanged)
const api = createApiClient(session.key)
const conversations = createConversationStore(showList)
const unanswered = createUnansweredStore()
const drawer = createDrawer()
const list = createConversationList({ open, remove })
const scroll = followScroll(
  byId("log", HTMLElement),
  byId("log-content", HTMLElement),
  byId("to-latest", HTMLButtonElement),
)
const composer = createComposer({
  send(text) {
    current.send(text)
    scroll.toEnd()
  },
  stop: () => current.stop(),
})
const signIn = createSignIn(async key => {
  await createApiClient(() => key).checkKey()
  session.signIn(key)
})

const threads = createThreadSet(
  { api, connection, session, conversations, unanswered },
  { changed: threadChanged, edit: editIn, missing: threadMissing },
)
let signedIn = false
let current = threads.get(conversations.current())
showThread(current)
byId("new-conversation", HTMLButtonElement).addEventListener("click", () => open(null))
byId("new-conversation-narrow", HTMLButtonElement).addEventListener("click", () => open(null))
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !event.isComposing && !drawer.close()) current.stop()
})
void session.start()

/** @param {Thread} thread */
function showThread(thread) {
  current = thread
  conversations.setCurrent(thread.id)
  stage.replaceChildren(thread.root)
  composer.turnTo(thread.id)
  notice.clear()
  threadChanged(thread)
  scroll.toEnd()
  if (signedIn) void load(thread)
}

/** @param {Thread} thread */
async function load(thread) {
  const outcome = await thread.load()
  if (outcome !== "failed" || thread !== current) return
  notice.show("This conversation could not be loaded.", { label: "Try again", act: () => void load(thread) })
}

/** @param {string | null} id null: the blank one */
function open(id) {
  drawer.close()
  const thread = threads.get(id)
  if (thread !== current) showThread(thread)
  focusComposer()
}

/** @param {string} id */
function remove(id) {
  threads.remove(id)
  conversations.remove(id)
  if (current.id === id) open(null)
}

/** @param {Thread} thread */
function threadChanged(thread) {
  if (thread !== current) return
  if (thread.id !== null && conversations.current() !== thread.id) conversations.setCurrent(thread.id)
  if (thread.id !== null) composer.rename(thread.id)
  composer.setBusy(thread.busy)
  welcome.hidden = !thread.empty
  showList()
}

/**
 * @param {Thread} thread
 * @param {string} text
 */
function editIn(thread, text) {
  if (thread !== current) return
  composer.write(text)
  composer.focus()
}

/**
 * @param {Thread} thread
 * @param {string} text of a question that could not be asked there
 */
function threadMissing(thread, text) {
  const wasCurrent = thread === current
  if (thread.id !== null) remove(thread.id)
  if (!wasCurrent) return
  notice.show("That conversation is not on the server any more. This is a new one.")
  if (text !== "") composer.write(text)
}

function showList() {
  list.show(conversations.list(), current.id)
}

/** @param {import("./session.js").SessionState} state */
function sessionChanged(state) {
  signedIn = state.signedIn
  signIn.show(state.signedIn ? null : state.reason)
  if (!state.signedIn) return
  focusComposer()
  for (const thread of threads.all()) void load(thread)
}

/** Not on a touch screen, where it would bring up the keyboard. */
function focusComposer() {
  if (canHover.matches) composer.focus()
}
