/**
 * A request id of a client's that is taken over. Safe in a header line, a log and a URL's path; anything else is
 * replaced, not repaired.
 */
export const requestIdPattern = /^[A-Za-z0-9._:/+=-]{1,128}$/
