import type { OperationEvent } from "../operations/operation-event.ts"
import { PlainProgress } from "./plain-progress.ts"

/** Shows an operation while it runs. */
export interface Progress {
  listen(event: OperationEvent): void
  /** Something long outside any step, such as building a tool. */
  note(part: string, text: string): void
  /** Resolves when nothing is being drawn, so that a question can be asked. */
  idle(): Promise<void>
}

export async function createProgress(kind: "live" | "plain" | "silent"): Promise<Progress> {
  if (kind === "live") return new (await import("./live-progress.ts")).LiveProgress()
  if (kind === "plain") return new PlainProgress(text => process.stdout.write(text))
  return { listen: () => undefined, note: () => undefined, idle: async () => undefined }
}
