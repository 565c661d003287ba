import { markdownTable } from "./markdown-table.ts"

/** What oclif's manifest says of a command, as far as the reference shows it. */
export interface ManifestCommand {
  readonly id: string
  readonly summary?: string
  readonly description?: string
  readonly pluginName: string
  readonly args: Readonly<
    Record<
      string,
      { readonly name: string; readonly description?: string; readonly required?: boolean; readonly default?: string }
    >
  >
  readonly flags: Readonly<Record<string, ManifestFlag>>
  readonly examples?: readonly { readonly description: string; readonly command: string }[]
}

export interface ManifestFlag {
  readonly name: string
  readonly char?: string
  readonly summary?: string
  readonly description?: string
  readonly type: "boolean" | "option"
  readonly allowNo?: boolean
  readonly options?: readonly string[]
  readonly default?: unknown
  readonly aliases?: readonly string[]
  /** Variable of the environment that stands for it. */
  readonly env?: string
  readonly helpGroup?: string
}

/** Markdown page with every command, its flags and examples. */
export function commandReference(commands: readonly ManifestCommand[]): string {
  const own = commands.filter(({ pluginName }) => pluginName === "chatops").toSorted((a, b) => a.id.localeCompare(b.id))
  const contents = own.map(
    ({ id, summary }) => `- [\`${spaced(id)}\`](#chatops-${id.replaceAll(":", "-")}): ${summary ?? ""}`,
  )
  return `${["# Commands", "", "Generated from the commands themselves. Every command ends with an [exit code](errors.md#exit-codes).", "", ...contents, "", ...commonFlags(own), ...own.flatMap(section)].join("\n").trimEnd()}\n`
}

/** Flags that commands have in common, once, with the commands that lack them. */
function commonFlags(commands: readonly ManifestCommand[]): string[] {
  const flags = new Map(commands.flatMap(({ flags }) => Object.values(flags).filter(isCommon)).map(f => [f.name, f]))
  const rows = [...flags.values()].map(flag => {
    const without = commands
      .filter(({ flags }) => !(flag.name in flags))
      .map(({ id }) => `\`${id.replaceAll(":", " ")}\``)
    const except = without.length > 0 ? ` Not of ${without.join(", ")}.` : ""
    return [`\`${flagName(flag)}\``, `${explanation(flag)}${except}`] as const
  })
  return ["## Flags of every command", "", ...table("flag", rows)]
}

const isCommon = ({ helpGroup }: ManifestFlag): boolean => helpGroup === "GLOBAL"

const spaced = (id: string): string => `chatops ${id.replaceAll(":", " ")}`

function section({ id, summary, description, args, flags, examples = [] }: ManifestCommand): string[] {
  const usage = [
    spaced(id),
    ...Object.values(args).map(({ name, required }) => (required ? `<${name}>` : `[${name}]`)),
    "[flags]",
  ].join(" ")
  const own = Object.values(flags).filter(flag => !isCommon(flag))
  return [
    `## ${spaced(id)}`,
    "",
    ...[summary, description].filter(Boolean).flatMap(text => [text ?? "", ""]),
    "```sh",
    usage,
    "```",
    "",
    ...table(
      "argument",
      Object.values(args).map(({ name, description }) => [`\`${name}\``, description ?? ""]),
    ),
    ...table(
      "flag",
      own.map(flag => [`\`${flagName(flag)}\``, explanation(flag)]),
    ),
    ...examples.flatMap(({ description, command }) => [
      `${description}:`,
      "",
      "```sh",
      command.replaceAll("<%= config.bin %>", "chatops"),
      "```",
      "",
    ]),
  ]
}

function flagName({ name, char, type, allowNo, options }: ManifestFlag): string {
  const value = type === "option" ? ` ${options ? options.join("|") : "…"}` : ""
  return `${char ? `-${char}, ` : ""}--${allowNo ? "[no-]" : ""}${name}${value}`
}

function explanation({ summary, description, type, default: preset, env, aliases = [] }: ManifestFlag): string {
  const shown = type === "option" && (typeof preset === "string" || typeof preset === "number")
  return [
    (summary ?? description ?? "").replace("Format output as json.", "Print one JSON document."),
    ...(shown ? [`Default: ${preset}.`] : []),
    ...aliases.map(alias => `Also \`--${alias}\`.`),
    ...(env ? [`Also from \`${env}\`.`] : []),
  ].join(" ")
}

function table(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : [...markdownTable([title, ""], rows), ""]
}
