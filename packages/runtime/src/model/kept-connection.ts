import { subscribe } from "node:diagnostics_channel"

/** A request that wants to know whether its connection had served another before. */
export interface Traveller {
  kept: boolean
}

const used = new WeakSet<object>()
let starting: Traveller | undefined

/**
 * To be called from undici's `onRequestStart`: which connection a request goes out on undici tells only on this channel,
 * right afterwards and in the same call.
 */
export function learnConnection(traveller: Traveller): void {
  starting = traveller
}

subscribe("undici:client:sendHeaders", message => {
  const { socket } = message as { readonly socket: object }
  if (starting !== undefined) starting.kept = used.has(socket)
  starting = undefined
  used.add(socket)
})
