/** Length of the lease by which a primary acknowledges that nobody confirms, in milliseconds. */
export const usualLease = 2_000

/** How wrong the rate of a machine's clock may be: a thousandth is far more than that of any that works. */
const clockRateError = 0.001

/** Milliseconds after which a lease of this length is over by any clock, its holder's and one's own. */
export const surelyOver = (lease: number): number => Math.ceil(lease * (1 + 2 * clockRateError))
