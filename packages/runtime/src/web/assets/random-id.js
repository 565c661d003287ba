// @ts-check

/**
 * 128 random bits in hexadecimal. `crypto.randomUUID` would do, but exists only on secure origins,
 * and this page is also read over plain HTTP inside a network.
 */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("")
}
