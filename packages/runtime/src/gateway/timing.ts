/** The gateway's own deadlines, in milliseconds; those about replicas are settings. Tests shorten them. */
export interface Timing {
  /** From a connection's first byte of a request to the end of its head, and from connecting to that first byte. */
  readonly head: number
  /** From the end of the head to the end of the body. */
  readonly body: number
  /** How long an idle connection is kept; longer than the 60 s of common load balancers, so that they close first. */
  readonly keepAlive: number
  /** How long a client may leave an answer unread. */
  readonly stalled: number
  /** How long a refused request is still read, so that the client gets to see the refusal. */
  readonly linger: number
  /** Longest silence inside an event stream; replicas send a comment at least every 15 s. */
  readonly streamSilence: number
  /** How long a request that no backend has taken is offered to them: as long as a replica needs to start, at least. */
  readonly hold: number
  /** First wait before a request is offered again when no healthy backend is left; doubled each time up to ten times. */
  readonly again: number
  /** How often deadlines are looked at. One timer for all connections costs nothing per request. */
  readonly sweep: number
}

export const defaultTiming: Timing = {
  head: 10_000,
  body: 30_000,
  keepAlive: 75_000,
  stalled: 60_000,
  linger: 2_000,
  streamSilence: 60_000,
  hold: 10_000,
  again: 50,
  sweep: 250,
}
