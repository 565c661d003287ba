/** The part of pino's logger that requests write to; never bodies, queries or header values of clients. */
export interface RequestLog {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
