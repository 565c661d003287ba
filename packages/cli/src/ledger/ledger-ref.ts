export const ledgerRef = "refs/heads/chatops/ledger"
/** What a clone has seen of the remote's. */
export const trackedRef = "refs/remotes/origin/chatops/ledger"
