import { setTimeout as delay } from "node:timers/promises"

export interface Source<News> {
  readonly ask: () => Promise<News>
  readonly hear: (news: News) => void
}

/**
 * Asks at once, and again so many milliseconds after each answer, never twice at a time. What fails is no news, and
 * neither is what comes after the signal has aborted. Resolves when the last answer is there.
 */
export async function hearRegularly<News>(source: Source<News>, every: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await hearOnce(source, signal)
    await delay(every, undefined, { signal }).catch(() => undefined)
  }
}

export async function hearOnce<News>({ ask, hear }: Source<News>, signal: AbortSignal): Promise<void> {
  const answer = await ask().then(
    news => ({ news }),
    () => undefined,
  )
  if (answer !== undefined && !signal.aborted) hear(answer.news)
}
