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
    destination ?? pino.destination({ dest: 1, sync: true }),
  )
}
