import * as z from "zod"

export const AppName = name("an app name", 31).brand<"AppName">()
export type AppName = z.infer<typeof AppName>

export const EnvironmentName = name("an environment name", 31).brand<"EnvironmentName">()
export type EnvironmentName = z.infer<typeof EnvironmentName>

/** Short, because it becomes part of stack names, database users and socket paths. */
export const RegionName = name("a region name", 21).brand<"RegionName">()
export type RegionName = z.infer<typeof RegionName>

export const UpstreamName = name("an upstream name", 31).brand<"UpstreamName">()
export type UpstreamName = z.infer<typeof UpstreamName>

/** Names a secret that `chatops secret set` stored; never the secret itself. */
export const SecretName = name("the name of a secret", 63).brand<"SecretName">()
export type SecretName = z.infer<typeof SecretName>

function name(what: string, longest: number) {
  const error = `${what}: a lower-case letter, then at most ${longest - 1} lower-case letters, digits or dashes`
  return z.string({ error }).regex(new RegExp(`^[a-z][a-z0-9-]{0,${longest - 1}}$`), { error })
}
