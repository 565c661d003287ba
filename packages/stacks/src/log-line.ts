export interface LogSelection {
  readonly follow: boolean
  readonly region?: string
  /** A process of the region: `r1`, `database`, `gateway` … */
  readonly process?: string
  readonly level: LogLevel
  /** Lines from before, per process. */
  readonly tail: number
}

export const logLevels = ["debug", "info", "warn", "error"] as const
export type LogLevel = (typeof logLevels)[number]

/** One line of one process, translated from whatever it writes. */
export interface LogLine {
  /** ISO 8601, or null where the process wrote none. */
  readonly time: string | null
  /** Null for what is in no region: witness, gateway. */
  readonly region: string | null
  readonly process: string
  readonly level: LogLevel
  readonly message: string
  /** What else a structured line held. */
  readonly fields: Readonly<Record<string, unknown>>
}
