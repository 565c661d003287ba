import { ChatopsError, systemError } from "@chatops/stacks/errors"

/** Turns what the engine says into a coded error, once, here. `failures` are errors of our own provider, by resource. */
export function translateEngineError(stack: string, error: unknown, failures: Iterable<Error>): Error {
  const [own] = failures
  if (own) return systemError(own)
  if (error instanceof ChatopsError) return error
  const text = (error as Error).message ?? String(error)
  if (/the stack is currently locked/i.test(text)) {
    return new ChatopsError("STATE_LOCKED", `another process is changing stack ${stack}`, {
      cause: error,
      details: { stack },
    })
  }
  if (/no space left on device/i.test(text))
    return new ChatopsError("DISK_FULL", `no space left while changing stack ${stack}`, { cause: error })
  if (/permission denied|EACCES/i.test(text))
    return new ChatopsError("NO_PERMISSION", `permission denied while changing stack ${stack}`, { cause: error })
  if (/incorrect passphrase/i.test(text))
    return new ChatopsError("STATE_UNREADABLE", `the state of stack ${stack} was encrypted with another passphrase`, {
      cause: error,
    })
  return new ChatopsError("ENGINE_FAILED", `stack ${stack}: ${essence(text)}`, {
    cause: error,
    details: { stack, output: text.slice(0, 8_000) },
  })
}

/** The engine's own diagnosis, without its progress output. */
function essence(text: string): string {
  const lines = text.split("\n").map(line => line.trim())
  return lines.find(line => line.startsWith("error: ")) ?? lines.find(line => line !== "") ?? "the engine failed"
}
