import { type CatalogEntry, exitCode } from "../../packages/stacks/src/errors/catalog.ts"
import { markdownTable } from "./markdown-table.ts"

const exitMeanings: Readonly<Record<keyof typeof exitCode, string>> = {
  usage: "The command line, `chatops.yaml` or a file it names is wrong.",
  machine: "This machine lacks something: a tool, a permission, a free port, disk space, the network.",
  conflict: "Somebody else got there first: another operation, a moved ledger.",
  paused: "A step failed; the operation is paused and can be resumed or aborted.",
  unhealthy: "What was deployed is missing, unreachable or unhealthy.",
  interrupted: "Ctrl-C or SIGTERM.",
}

/** Markdown page with exit codes and the whole catalog. */
export function errorReference(catalog: Readonly<Record<string, CatalogEntry>>): string {
  const codes = Object.keys(catalog).toSorted()
  return `${[
    "# Errors",
    "",
    'Generated from the catalog. Under `--json` an error is `{ "error": { "code", "message", "hint", "details" } }`.',
    "",
    "## Exit codes",
    "",
    ...markdownTable(
      ["code", "meaning"],
      [
        ["0", "Success; for `status`, everything is healthy."],
        ["1", "An error without a code: a bug."],
        ...Object.entries(exitCode).map(([name, code]) => [`${code}`, exitMeanings[name as keyof typeof exitCode]]),
      ],
    ),
    "",
    "## Codes",
    "",
    ...codes.flatMap(code => {
      const { meaning, hint, exit } = catalog[code] as CatalogEntry
      return [`### ${code}`, "", `${meaning} (exit code ${exit})`, "", hint, ""]
    }),
  ]
    .join("\n")
    .trimEnd()}\n`
}
