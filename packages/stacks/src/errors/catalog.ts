/** Exit codes of the CLI, by kind of failure. 0 is success, 1 an error that has no code (a bug), 130 an interrupt. */
export const exitCode = {
  /** The command line, `chatops.yaml` or a file it names is wrong. */
  usage: 2,
  /** This machine lacks something: a tool, a permission, a free port, disk space, the network. */
  machine: 3,
  /** Somebody else got there first: another operation, a moved ledger. */
  conflict: 4,
  /** A step failed; the operation is paused and can be resumed or aborted. */
  paused: 5,
  /** What was deployed is missing, unreachable or unhealthy. */
  unhealthy: 6,
} as const

export interface CatalogEntry {
  readonly exit: (typeof exitCode)[keyof typeof exitCode]
  /** What the code means, one sentence. */
  readonly meaning: string
  /** What to do about it, one or two sentences. */
  readonly hint: string
}

const entries = {
  CONFIG_NOT_FOUND: {
    exit: exitCode.usage,
    meaning: "No chatops.yaml in this directory or above it.",
    hint: "Run `chatops init` here, or name the app's directory with --app.",
  },
  CONFIG_SYNTAX: {
    exit: exitCode.usage,
    meaning: "chatops.yaml is not valid YAML.",
    hint: "Mend the line that the message names.",
  },
  CONFIG_INVALID: {
    exit: exitCode.usage,
    meaning: "chatops.yaml holds a key or value that is not accepted.",
    hint: "Mend the lines that the message names; an editor with the JSON Schema shows what is allowed.",
  },
} as const satisfies Record<string, CatalogEntry>

export type ErrorCode = keyof typeof entries

export const catalog: Readonly<Record<ErrorCode, CatalogEntry>> = entries
