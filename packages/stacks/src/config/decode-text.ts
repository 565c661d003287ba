import { ChatopsError } from "../errors/chatops-error.ts"

/**
 * Bytes as UTF-8, without a byte order mark. Nothing is replaced silently: a broken prompt would go to the model.
 * @throws {ChatopsError} CONFIG_UNREADABLE
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (cause) {
    const line = firstBrokenLine(bytes)
    const hint = "Save the file as UTF-8."
    throw new ChatopsError("CONFIG_UNREADABLE", `${file}:${line} is not UTF-8`, {
      hint,
      details: { file, line },
      cause,
    })
  }
}

function firstBrokenLine(bytes: Uint8Array): number {
  const lossy = new TextDecoder("utf-8").decode(bytes)
  const broken = lossy.indexOf("\uFFFD")
  return lossy.slice(0, Math.max(0, broken)).split("\n").length
}
