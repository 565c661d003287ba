import { nearestSpelling } from "@chatops/stacks/errors"
import { UsageError } from "./usage-error.ts"

/** oclif's error for a command that does not exist, in our words and with the nearest that does; undefined for any other. */
export function unknownCommand(error: Error, known: readonly string[]): UsageError | undefined {
  const typed = /^command (.+) not found\.?$/i.exec(error.message)?.[1]?.replaceAll(":", " ")
  if (typed === undefined || !("oclif" in error)) return undefined
  if (typed.startsWith("-")) return unknownFlag(typed)
  const complete = known.find(name => typed.startsWith(`${name} `))
  // A command that takes no arguments is looked for together with the words behind it.
  if (complete !== undefined)
    return new UsageError(
      `\`chatops ${complete}\` takes no argument: ${typed.slice(complete.length + 1)}`,
      `\`chatops ${complete} --help\` shows what it takes.`,
    )
  const topic = `${typed.split(" ")[0]} `
  const siblings = known.filter(name => name.startsWith(topic))
  const nearest = nearestSpelling(typed, [...known, ...globalFlags])
  return new UsageError(
    `there is no command \`chatops ${typed}\``,
    nearest === undefined
      ? `There is ${(siblings.length > 0 ? siblings : known).map(name => `\`${name}\``).join(", ")}.`
      : `Did you mean \`chatops ${nearest}\`? \`chatops --help\` lists all.`,
  )
}

/** What may stand in the place of a command. */
const globalFlags = ["--version", "--help"]

function unknownFlag(typed: string): UsageError {
  const [flag = ""] = typed.split(" ")
  const nearest = nearestSpelling(flag, globalFlags)
  return new UsageError(
    `there is no flag ${flag} before a command`,
    nearest === undefined
      ? "Flags come behind the command: `chatops status --env prod`. `chatops --help` lists the commands."
      : `Did you mean \`chatops ${nearest}\`?`,
  )
}
