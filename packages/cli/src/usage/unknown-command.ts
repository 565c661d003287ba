import { nearestSpelling } from "@chatops/stacks/errors"
import { UsageError } from "./usage-error.ts"

/** oclif's error for a command that does not exist, in our words and with the nearest that does; undefined for any other. */
export function unknownCommand(error: Error, known: readonly string[]): UsageError | undefined {
  const typed = /^command (.+) not found\.?$/i.exec(error.message)?.[1]?.replaceAll(":", " ")
  if (typed === undefined || !("oclif" in error)) return undefined
  const complete = known.find(name => typed.startsWith(`${name} `))
  // A command that takes no arguments is looked for together with the words behind it.
  if (complete !== undefined)
    return new UsageError(
      `\`chatops ${complete}\` takes no argument: ${typed.slice(complete.length + 1)}`,
      `\`chatops ${complete} --help\` shows what it takes.`,
    )
  const topic = `${typed.split(" ")[0]} `
  const siblings = known.filter(name => name.startsWith(topic))
  const nearest = nearestSpelling(typed, known)
  return new UsageError(
    `there is no command \`chatops ${typed}\``,
    nearest === undefined
      ? `There is ${(siblings.length > 0 ? siblings : known).map(name => `\`${name}\``).join(", ")}.`
      : `Did you mean \`chatops ${nearest}\`? \`chatops --help\` lists all.`,
  )
}
