import type { Exchange } from "./exchange.ts"
import { ExchangeError } from "./exchange-error.ts"
import { explainFailure, explainStatus, type Failure, type Outcome } from "./failure.ts"
import type { Preference } from "./preference.ts"
import type { UpstreamConnection } from "./upstream-connection.ts"
import { UpstreamError } from "./upstream-error.ts"

export interface Upstreams {
  readonly preference: Preference<UpstreamConnection>
  /** `error`: why an answer did not begin. */
  readonly report: (upstream: UpstreamConnection, outcome: Outcome, error?: UpstreamError) => void
}

/** An answer that has begun. */
export interface Begun<T> {
  readonly upstream: UpstreamConnection
  readonly exchange: Exchange
  readonly first: T
}

/**
 * Sends the body to one upstream after the other until one begins an answer, or has something against the request
 * itself. `begin` reads up to the first event and throws while there is none. Throws `UpstreamError`, or the signal's
 * reason.
 */
export async function firstThatAnswers<T>(
  upstreams: Upstreams,
  body: string,
  signal: AbortSignal,
  begin: (exchange: Exchange) => Promise<T>,
): Promise<Begun<T>> {
  const tried = new Set<UpstreamConnection>()
  const failures: UpstreamError[] = []
  for (;;) {
    const upstream = upstreams.preference.next(tried)
    if (upstream === undefined) throw summarize(failures)
    tried.add(upstream)
    const attempt = await tryTwiceIfStale(upstream, body, signal, begin, upstreams.report)
    if ("first" in attempt) {
      upstreams.preference.succeeded(upstream)
      return attempt
    }
    if (attempt.error.clientError !== undefined) throw attempt.error
    upstreams.preference.failed(upstream, attempt.error.retryAfter)
    failures.push(attempt.error)
  }
}

type Attempt<T> = Begun<T> | (Failure & { readonly stale?: boolean })

/** A kept connection may have been closed by the other side just as it was used again: that is nobody's failure. */
async function tryTwiceIfStale<T>(...parameters: Parameters<typeof tryOnce<T>>): Promise<Attempt<T>> {
  const attempt = await tryOnce(...parameters)
  return "stale" in attempt && attempt.stale ? tryOnce(...parameters) : attempt
}

async function tryOnce<T>(
  upstream: UpstreamConnection,
  body: string,
  signal: AbortSignal,
  begin: (exchange: Exchange) => Promise<T>,
  report: Upstreams["report"],
): Promise<Attempt<T>> {
  const exchange = upstream.send(body, signal)
  try {
    await exchange.head()
    if (exchange.status >= 200 && exchange.status < 300) return { upstream, exchange, first: await begin(exchange) }
    const failure = await explainStatus(upstream, exchange)
    report(upstream, failure.outcome, failure.error)
    return failure
  } catch (thrown) {
    exchange.cancel()
    const failure = explainFailure(upstream, thrown)
    report(upstream, failure?.outcome ?? "cancelled", failure?.error)
    if (failure === undefined) throw thrown
    return {
      ...failure,
      stale: thrown instanceof ExchangeError && thrown.stale,
    }
  }
}

/** Settings do not mend themselves: whether and when to ask again the others tell, if there are any. */
function summarize(failures: readonly UpstreamError[]): UpstreamError {
  const passing = failures.filter(failure => failure.retryable)
  const telling = passing.length > 0 ? passing : failures
  const last = telling.at(-1)
  if (last === undefined) throw new Error("There is no upstream to try.")
  if (failures.length === 1) return last
  const { code } = last
  const alike = telling.every(failure => failure.code === code)
  // Any of them may be the first to answer again.
  const waits = telling.map(failure => failure.retryAfter ?? 0)
  const message = `Every upstream failed. ${failures.map(failure => failure.message).join(" ")}`
  return new UpstreamError(alike ? code : "upstream_failed", message, {
    upstream: last.upstream,
    status: last.status,
    tried: failures.flatMap(failure => failure.tried),
    retryable: last.retryable,
    retryAfter: alike ? Math.min(...waits) : undefined,
    cause: last,
  })
}
