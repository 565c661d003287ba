/** How users and CI systems tell git who they are and how to reach a remote. */
const reach = [
  "GIT_ASKPASS",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
  "GIT_PROXY_COMMAND",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSH_VARIANT",
  "GIT_SSL_CAINFO",
  "GIT_SSL_NO_VERIFY",
  "SSH_ASKPASS",
]
/** Settings that pipelines inject, such as a header that authenticates. */
const injectedSetting = /^GIT_CONFIG_(COUNT|KEY_\d+|VALUE_\d+)$/
const names = ["GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME"]
const ours = { GIT_TERMINAL_PROMPT: "0", LANGUAGE: "C", LC_ALL: "C" }
/** Programs that git would start for people; nobody sits in front of ours. */
const forPeople = /^(EDITOR|PAGER|VISUAL|PREFIX)$/i

/**
 * The environment for git. Every other `GIT_…` variable is left out: inside a hook they name the repository, index and
 * dates of the commit that is being made, and `GIT_CONFIG_PARAMETERS` its settings.
 */
export function gitEnvironment(surrounding: NodeJS.ProcessEnv, anonymous: boolean) {
  const injected = Object.keys(surrounding).filter(name => injectedSetting.test(name))
  const allowed = new Set([...reach, ...injected, ...(anonymous ? [] : names), ...Object.keys(ours)])
  const kept = Object.entries(surrounding).filter(
    ([name, value]) => allowed.has(name) || !(name.startsWith("GIT_") || forPeople.test(name) || value === undefined),
  )
  return { variables: { ...Object.fromEntries(kept), ...ours } as Record<string, string>, allowed }
}
