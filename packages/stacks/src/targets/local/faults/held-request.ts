import http from "node:http"

/** Something that another process keeps up for as long as this request's body goes on: it ends with whoever asked. */
export interface HeldRequest {
  /** Resolves when it is over, for whatever reason. Never rejects. */
  readonly over: Promise<void>
  /** Resolves when the other side has ended it. */
  release(): Promise<void>
}

const releaseDeadline = 5_000

/** Resolves once it is in effect. Rejects when nobody answers, or with another status than 200. */
export function holdOverSocket(socketPath: string, path: string, signal: AbortSignal): Promise<HeldRequest> {
  const { promise, resolve, reject } = Promise.withResolvers<HeldRequest>()
  const over = Promise.withResolvers<void>()
  const request = http.request({ socketPath, path, method: "POST", agent: false })
  const giveUp = () => request.destroy(signal.reason as Error)
  if (signal.aborted) giveUp()
  signal.addEventListener("abort", giveUp, { once: true })
  request.on("error", reject)
  request.on("close", () => over.resolve())
  request.on("response", response => {
    signal.removeEventListener("abort", giveUp)
    response.resume().on("error", () => undefined)
    if (response.statusCode === 200) {
      const release = () => {
        request.end()
        // One that hears nothing, because it stands still, learns it by the connection's end.
        setTimeout(() => request.destroy(), releaseDeadline).unref()
        return over.promise
      }
      return resolve({ over: over.promise, release })
    }
    request.destroy()
    return reject(new Error(`${path}: HTTP ${response.statusCode}`))
  })
  request.flushHeaders()
  return promise
}
