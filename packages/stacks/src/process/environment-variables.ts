const allowed = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
]

/**
 * What a process that outlives its maker inherits. A list of what is allowed, because whatever else stands in the
 * maker's environment (pass phrases, API keys, tokens of a pipeline) would stay readable for as long as it lives.
 */
export function detachedEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = allowed.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(inherited), ...extra }
}

/** Where state and cache are, for a process that has to find them where its maker does. */
export function stateVariables(): Record<string, string> {
  const names = ["CHATOPS_STATE", "CHATOPS_CACHE", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])))
}
