import type { Register } from "@chatops/runtime/contract"

/** Length of the lease by which a primary acknowledges that nobody confirms, in milliseconds. */
export const usualLease = 2_000

/** How wrong the rate of a machine's clock may be: a thousandth is far more than that of any that works. */
export const clockRateError = 0.001

/**
 * Milliseconds after which a lease of this length is over by any clock, its holder's and one's own: for a claimant whose
 * clock is as fast as can be, and a holder's that is as slow.
 */
export const surelyOver = (lease: number): number => Math.ceil((lease * (1 + clockRateError)) / (1 - clockRateError))

/** Whether an answer of the witness is one more renewal: it still names this primary, in this life of it. */
export const isSameReign = (register: Register, named: Register | null): boolean =>
  named !== null &&
  register.epoch === named.epoch &&
  register.primary === named.primary &&
  register.incarnation === named.incarnation
