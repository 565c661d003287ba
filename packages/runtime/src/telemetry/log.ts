import { type DestinationStream, type Logger, pino } from "pino"
import type { TurnOrigin } from "../conversation/turn-origin.ts"

/** JSON lines. Callers log ids, counts and codes; never what people or models wrote, nor keys. */
export function createLog(level: string, origin: TurnOrigin, destination?: DestinationStream): Logger {
  const { region, replica, release } = origin
  return pino(
    {
      level,
      base: { region, replica, release },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    destination ?? logTo(1),
  )
}

/** So much is kept while it cannot be written, in bytes; what comes after that is dropped. */
const mostKept = 1_048_576

/**
 * Lines to a file that is open. A disk that is full takes none, and nobody else fails for that: without a listener each
 * line would throw where it is logged. What is kept is written as soon as there is room.
 */
export function logTo(descriptor: number): DestinationStream {
  return pino.destination({ dest: descriptor, sync: true, maxLength: mostKept }).on("error", () => undefined)
}
