import type { ParsedConfig } from "./app-config.ts"
import { appSchema } from "./app-schema.ts"
import { impossibleCombinations } from "./combinations.ts"
import { explain } from "./explain.ts"
import type { Finding } from "./finding.ts"
import { configError, type Marked } from "./problem.ts"
import { readYaml } from "./read-yaml.ts"
import type { TargetConfig } from "./target-config.ts"
import { withGuessedTargets } from "./target-guess.ts"
import { targetConfigs } from "./targets-config.ts"
import { unusableKeys } from "./unusable-keys.ts"
import { mark, type YamlSource } from "./yaml-source.ts"

/**
 * Reads the text of a `chatops.yaml`; pure. `file` is only named in messages.
 * @throws {ChatopsError} CONFIG_SYNTAX, or CONFIG_INVALID with all problems at once.
 */
export function parseConfig(text: string, file = "chatops.yaml"): ParsedConfig {
  return parseSource(text, file, targetConfigs).config
}

/** The same for any set of targets, with the document kept for problems that show only later. */
export function parseSource<T extends TargetConfig>(text: string, file: string, targets: readonly T[]): Parsed<T> {
  const source = readYaml(text.replace(/^\uFEFF/, ""), file)
  const { value } = source
  if (value === null) throw configError("CONFIG_INVALID", file, source.text, [emptyFile])
  const schema = appSchema(targets)
  const result = explain(schema, value)
  const findings: Finding[] = [...unusableKeys(source), ...impossibleCombinations(value)]
  if ("data" in result && findings.length === 0) return { config: result.data, source }
  if ("findings" in result)
    findings.push(...result.findings, ...hiddenByTarget(schema, value, targets, result.findings))
  throw configError(
    "CONFIG_INVALID",
    file,
    source.text,
    unique(findings.slice(0, most).map(finding => mark(source, finding))),
  )
}

interface Parsed<T extends TargetConfig> {
  readonly config: ParsedConfig<T>
  readonly source: YamlSource
}

/** A file with more problems than this is no chatops.yaml; a bound keeps hostile ones from costing seconds. */
const most = 500

/** Without a known target the rest of an environment is not looked at; guessing one brings its problems to light too. */
function hiddenByTarget<T extends TargetConfig>(
  schema: ReturnType<typeof appSchema<T>>,
  value: unknown,
  targets: readonly T[],
  found: readonly Finding[],
): readonly Finding[] {
  const guessed = withGuessedTargets(value, found, targets)
  const result = guessed === undefined ? undefined : explain(schema, guessed)
  return result !== undefined && "findings" in result ? result.findings : []
}

/** What an anchor holds is used in several places, and its mistake still is one. */
function unique(marks: readonly Marked[]): readonly Marked[] {
  const byPlace = new Map(marks.map(item => [`${item.offset} ${item.problem.message}`, item]))
  return [...byPlace.values()]
}

const emptyFile: Marked = {
  offset: 0,
  length: 1,
  problem: {
    key: "",
    message: "the file is empty; expected `app`, `chat` and `environments`",
    expected: "a map of keys to values",
    received: "nothing",
  },
}
