import type { UpstreamError } from "./upstream-error.ts"

/** Told of an upstream that refuses because of its settings, and with undefined of one that answers after all. */
export type OnSettingsRefused = (upstream: string, refusal: UpstreamError | undefined) => void

/** Passes on what is news: the first refusal of an upstream, another status, its first answer after that. */
export function watchSettings(onNews: OnSettingsRefused): (upstream: string, error: UpstreamError | undefined) => void {
  const refused = new Map<string, number | undefined>()
  return (upstream, error) => {
    if (error === undefined) {
      if (refused.delete(upstream)) onNews(upstream, undefined)
      return
    }
    // A failure of another kind says nothing about settings.
    if (error.code !== "upstream_misconfigured") return
    if (refused.has(upstream) && refused.get(upstream) === error.status) return
    refused.set(upstream, error.status)
    onNews(upstream, error)
  }
}
