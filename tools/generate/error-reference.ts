import { clientErrors, retryableCodes } from "../../packages/runtime/src/contract/client-error.ts"
import { type CatalogEntry, exitCode } from "../../packages/stacks/src/errors/catalog.ts"
import { markdownTable } from "./markdown-table.ts"

const exitMeanings: Readonly<Record<keyof typeof exitCode, string>> = {
  bug: "A bug: an error that nobody foresaw.",
  usage: "The command line, `chatops.yaml` or a file it names is wrong.",
  machine: "This machine lacks something: a tool, a permission, a free port, disk space, the network.",
  conflict: "Somebody else got there first: another operation, a moved ledger.",
  paused: "A step failed; the operation is paused and can be resumed or aborted.",
  unhealthy: "What was deployed is missing, unreachable or unhealthy.",
  missed: "A drill missed an objective.",
  violated: "A drill showed that a promise does not hold: a turn was lost, or the protocol was not kept.",
  aborted: "A drill was given up, by its conditions or because the environment did not become whole again.",
  interrupted: "Ctrl-C or SIGTERM.",
}

/** Markdown page with exit codes, the whole catalog, and the errors of the HTTP API. */
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
    ...clientErrorReference(),
  ]
    .join("\n")
    .trimEnd()}\n`
}

/** What the chatbot's users may be answered. */
function clientErrorReference(): string[] {
  const retryable: ReadonlySet<string> = retryableCodes
  const rows = Object.entries(clientErrors).map(([code, { status, type, meaning }]) => {
    return [`\`${code}\``, `${status}`, `\`${type}\``, retryable.has(code) ? "yes" : "", meaning]
  })
  return [
    "## Errors of the HTTP API",
    "",
    'An error is answered as OpenAI does it: `{ "error": { "message", "type", "param", "code" } }`. Once a stream has begun it ends with `event: error` and `{ "type": "error", "code", "message", "param", "retryable" }` instead. What is *retryable* may be sent again with the same `Idempotency-Key`, which never makes a turn twice. What an upstream has against the request itself (400, 413, 422) is passed on with the upstream\'s own code. Errors of HTTP itself, such as a malformed head, have no code.',
    "",
    ...markdownTable(["code", "status", "type", "retryable", "meaning"], rows),
    "",
  ]
}
