/** Response and request headers of the product's own, all lower case as Node gives them. */
export const header = {
  /** Every answer: the release that made it; of the gateway's own the only one that there is, or `none`. */
  release: "x-chatops-release",
  /** Every answer: the region that made it, or `gateway`. */
  region: "x-chatops-region",
  /** Every answer: the replica that made it. */
  replica: "x-chatops-replica",
  /** Every answer: for support requests; taken over when the client sent one that is well formed. */
  requestId: "x-request-id",
  /** Every answer of the gateway's to a `POST`, too: the key that was used, which is new when the client sent none. */
  idempotencyKey: "idempotency-key",
  /**
   * Of an answer that stored a turn: where it was committed (`parseCommitPosition`). In a stream it is a comment,
   * `: x-chatops-commit: …`, before the last events. An answer that repeats an earlier one has none.
   */
  commit: "x-chatops-commit",
  /** Request to take up a stream, sent on by the replica it names: it is not sent on again. */
  forwardedBy: "x-chatops-forwarded-by",
} as const
