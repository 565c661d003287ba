/**
 * So many answers of the witness are counted in one grant of a lease: at eight a second, six days. Above them, in
 * `chatops.lease_renewals`, stands the number of the grant.
 */
export const countsPerGrant = 2 ** 22
