/**
 * What a child process tells its supervisor over Node's IPC channel, when there is one.
 * Other supervisors read the same from `/readyz` and the log.
 */
export type ProcessMessage =
  | { readonly type: "listening"; readonly host: string; readonly port: number }
  | { readonly type: "readiness"; readonly ready: boolean; readonly reasons: readonly string[] }
  /** The process cannot run and must not be restarted unchanged: wrong settings, port taken. */
  | { readonly type: "fatal"; readonly code: string; readonly message: string }
