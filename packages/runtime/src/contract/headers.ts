/** Response and request headers of the product's own, all lower case as Node gives them. */
export const header = {
  /** Every answer: the release that made it. */
  release: "x-chatops-release",
  /** Every answer: the region that made it. */
  region: "x-chatops-region",
  /** Every answer: the replica that made it. */
  replica: "x-chatops-replica",
  /** Every answer: for support requests; taken over when the client sent one that is well formed. */
  requestId: "x-request-id",
  idempotencyKey: "idempotency-key",
} as const
