import { type LogLevel, type LogLine, logLevels } from "../../../log-line.ts"

type Origin = Pick<LogLine, "region" | "process">

/** Reads pino's JSON, PostgreSQL's lines, and anything else as plain text. */
export function parseLogLine(text: string, origin: Origin): LogLine {
  return (
    (text.startsWith("{") && fromPino(text, origin)) ||
    fromPostgres(text, origin) || { time: null, ...origin, level: "info", message: text, fields: {} }
  )
}

function fromPino(text: string, origin: Origin): LogLine | undefined {
  try {
    const { level, time, msg, pid: _pid, hostname: _hostname, ...fields } = JSON.parse(text) as Record<string, unknown>
    const at = new Date(typeof time === "number" ? time : String(time))
    return {
      time: Number.isNaN(at.getTime()) ? null : at.toISOString(),
      ...origin,
      level: typeof level === "number" ? pinoLevel(level) : namedLevel(level),
      message: String(msg ?? ""),
      fields,
    }
  } catch {
    return undefined
  }
}

function namedLevel(level: unknown): LogLevel {
  if (level === "fatal") return "error"
  if (level === "trace") return "debug"
  return logLevels.find(known => known === level) ?? "info"
}

/** pino's numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function pinoLevel(level: number): LogLevel {
  if (level >= 50) return "error"
  if (level >= 40) return "warn"
  return level >= 30 ? "info" : "debug"
}

/** `log_line_prefix = '%m [%p] '`, then the severity. */
const postgresLine = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] ([A-Z]+\d?): {1,2}(.*)$/

function fromPostgres(text: string, origin: Origin): LogLine | undefined {
  const match = postgresLine.exec(text)
  if (!match) return undefined
  const [, day, clock, severity = "", message = ""] = match
  return { time: `${day}T${clock}Z`, ...origin, level: postgresLevel(severity), message, fields: {} }
}

function postgresLevel(severity: string): LogLevel {
  if (["ERROR", "FATAL", "PANIC"].includes(severity)) return "error"
  if (severity === "WARNING") return "warn"
  return severity.startsWith("DEBUG") ? "debug" : "info"
}
