import { commandNames } from "../usage/command-names.ts"
import { unknownCommand } from "../usage/unknown-command.ts"
import { errorDocument, errorExitCode, errorLines } from "./errors.ts"

/** Reports an error that came up outside any command of ours, the way commands report theirs. */
export async function reportFailure(given: Error, argv: readonly string[], manifest: URL): Promise<void> {
  if (isExit(given)) {
    process.exitCode = given.oclif.exit
    return
  }
  const error = unknownCommand(given, await commandNames(manifest)) ?? given
  process.exitCode = errorExitCode(error)
  if (wantsJson(argv)) process.stdout.write(`${JSON.stringify(errorDocument(error), null, 2)}\n`)
  else process.stderr.write(`${errorLines(error).join("\n")}\n`)
}

/** oclif ends a command that is already done with its work, such as help, by an error that says so. */
const isExit = (error: Error): error is Error & { oclif: { exit: number } } =>
  (error as { code?: string }).code === "EEXIT"

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--")
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json")
}
