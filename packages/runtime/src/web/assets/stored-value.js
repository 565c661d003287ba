// @ts-check

/**
 * One JSON value in one of the browser's stores. Lives in memory only where the browser
 * refuses to store (private windows, blocked site data, a full quota).
 *
 * @template T
 * @param {"localStorage" | "sessionStorage"} area
 * @param {string} name
 * @param {(found: unknown) => T} parse gives a default for `null` and for whatever it does not know
 */
export function storedValue(area, name, parse) {
  /** @type {string | null} */
  let memory = null

  function readText() {
    try {
      return window[area].getItem(name) ?? memory
    } catch {
      return memory
    }
  }

  return {
    /** @returns {T} */
    read() {
      try {
        return parse(JSON.parse(readText() ?? "null"))
      } catch {
        return parse(null)
      }
    },

    /** @param {T} value `null` removes it */
    write(value) {
      memory = value === null ? null : JSON.stringify(value)
      try {
        if (memory === null) window[area].removeItem(name)
        else window[area].setItem(name, memory)
      } catch {
        // Kept in memory.
      }
    },
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
