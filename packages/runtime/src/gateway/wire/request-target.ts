/**
 * A request target in origin form with the host that it is meant for, or null when either is malformed.
 * The absolute form (`GET http://host/path`) is rewritten, and its authority wins over `Host` (RFC 9112 section 3.2.2).
 */
export function normalizeTarget(method: string, target: string, host: string): { target: string; host: string } | null {
  if (target.charCodeAt(0) === slash) return hostPattern.test(host) ? { target, host } : null
  if (target === "*") return method === "OPTIONS" && hostPattern.test(host) ? { target, host } : null
  const absolute = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(target)
  if (absolute === null) return null
  const [, authority = "", rest = ""] = absolute
  if (authority === "" || !hostPattern.test(authority)) return null
  return { target: rest.startsWith("/") ? rest : `/${rest}`, host: authority }
}

/** Whether a router could take `target` for `path`, which is in lower case, however it is spelled. */
export const couldReach = (target: string, path: string): boolean =>
  suspicious.test(target) ? comparablePath(target) === path : target === path

/** Spellings that a router may normalize before it compares. */
const suspicious = /[%?#;\\A-Z]|\/[./]|.\/$/

/**
 * The path that a router could make of a target: without query, percent-decoded, `.` and `..` resolved, slashes
 * collapsed and without a final one, in lower case. Only for comparing with paths that must not be reached.
 */
function comparablePath(target: string): string {
  const query = target.search(/[?#;]/)
  let path = query < 0 ? target : target.slice(0, query)
  for (let round = 0; round < 3 && path.includes("%"); round++) path = decoded(path)
  const segments: string[] = []
  for (const segment of path.toLowerCase().split(/[/\\]+/)) {
    if (segment === "..") segments.pop()
    else if (segment !== "" && segment !== ".") segments.push(segment)
  }
  return `/${segments.join("/")}`
}

const slash = 0x2f
/** Empty (HTTP/1.0 or `Host:`), or a name, IPv4 address or bracketed IPv6 address with an optional port. */
const hostPattern = /^(?:(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?)?$/

const decoded = (path: string) =>
  path.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
