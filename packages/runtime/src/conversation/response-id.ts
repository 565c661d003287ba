import { createHash } from "node:crypto"
import { randomDigits, timeDigits } from "./ids.ts"

/**
 * `resp_` and 32 hexadecimal digits: 48 bits of Unix milliseconds, 16 that name the replica which makes the response,
 * 64 random ones. So whoever is asked for a stream finds the replica that makes it, and nobody has to write it down.
 */
export function newResponseId(place: string, now = Date.now()): string {
  return `resp_${timeDigits(now)}${place}${randomDigits(8)}`
}

export interface ResponseIdParts {
  /** Unix milliseconds, by the clock of the replica that made it. */
  readonly madeAt: number
  readonly place: string
}

/** Undefined for what cannot be the id of a response. */
export function readResponseId(id: string): ResponseIdParts | undefined {
  const [, time, place] = /^resp_([0-9a-f]{12})([0-9a-f]{4})[0-9a-f]{16}$/.exec(id) ?? []
  return time === undefined || place === undefined ? undefined : { madeAt: Number.parseInt(time, 16), place }
}

/** A replica in response ids: a digest of its name, of four digits. Two replicas may have the same. */
export const placeOf = ({ region, replica }: { readonly region: string; readonly replica: string }): string =>
  createHash("sha256").update(`${region}/${replica}`).digest("hex").slice(0, 4)
