/** Prometheus metrics; dashboards and alerts may rely on them. Durations in seconds. */
export const metric = {
  /** Counter; labels route, status. */
  requests: "chatops_requests_total",
  /** Histogram; label route. From the request's arrival to the first byte of the answer. */
  firstByte: "chatops_first_byte_seconds",
  /** Histogram; label route. */
  duration: "chatops_request_duration_seconds",
  /** Counter; label outcome: completed, failed, cancelled. */
  turns: "chatops_turns_total",
  /** Counter; label kind: input, output. */
  tokens: "chatops_tokens_total",
  /**
   * Counter; labels upstream, outcome: ok, cancelled, unreachable, timeout, broken, bad_answer, busy, server_error,
   * rejected (the request), and for its settings unauthorized (401), forbidden (403), not_found (404), misconfigured.
   */
  upstreamRequests: "chatops_upstream_requests_total",
  /**
   * Counter; label outcome. Of streams of `/v1/responses`, each connection ends as one of these: completed (its last
   * event was sent), told (it ended with an error event), lost (its client went away before the end). Besides:
   * detached (a response goes on being made without a reader), resumed (a stream was taken up, being made or stored),
   * resume_refused (it is not there any more), cancelled (a response
   * was given up for want of a reader, or because its client said so).
   */
  streams: "chatops_streams_total",
  /** Gauge: streams that are open to a client. */
  activeStreams: "chatops_active_streams",
  /** Gauge, 0 or 1. */
  ready: "chatops_ready",
  /** Gauge: the epoch of the primary this replica writes to. */
  epoch: "chatops_epoch",
} as const
