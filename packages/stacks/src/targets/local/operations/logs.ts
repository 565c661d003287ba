import { readdirSync } from "node:fs"
import { basename, join } from "node:path"
import type { Environment } from "../../../environment.ts"
import { type LogLine, type LogSelection, logLevels } from "../../../log-line.ts"
import { partPaths } from "../layout.ts"
import { parseLogLine } from "./parse-log-line.ts"
import { tailFile } from "./tail-file.ts"

interface Source {
  readonly region: string | null
  readonly process: string
  readonly file: string
}

/** Lines of every selected process: those from before merged by time, then, when following, as they come. */
export async function* readLogs(
  environment: Environment,
  selection: LogSelection,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const sources = findSources(environment).filter(
    ({ region, process }) =>
      (selection.region === undefined || region === selection.region) &&
      (selection.process === undefined || process === selection.process),
  )
  const wanted = (line: LogLine) => logLevels.indexOf(line.level) >= logLevels.indexOf(selection.level)
  const tails = await Promise.all(
    sources.map(async source => ({ source, tail: await tailFile(source.file, selection.tail) })),
  )
  const parse = ({ region, process }: Source, text: string) => parseLogLine(text, { region, process })
  const earlier = tails.flatMap(({ source, tail }) => inTime(tail.lines.map(line => parse(source, line))))
  const sorted = earlier.toSorted((a, b) => a.at.localeCompare(b.at)).map(({ line }) => line)
  try {
    yield* sorted.filter(wanted)
    if (!selection.follow) return
    yield* merge(tails.map(({ source, tail }) => follow(tail.follow(signal), text => parse(source, text), wanted)))
  } finally {
    // Whoever follows closes by itself.
    if (!selection.follow) await Promise.all(tails.map(({ tail }) => tail.close()))
  }
}

/** A line without a time, such as one of a stack trace, belongs to the one before it. */
function inTime(lines: readonly LogLine[]): { line: LogLine; at: string }[] {
  let at = ""
  return lines.map(line => {
    at = line.time ?? at
    return { line, at }
  })
}

async function* follow(
  lines: AsyncIterable<string>,
  parse: (text: string) => LogLine,
  wanted: (line: LogLine) => boolean,
) {
  for await (const text of lines) {
    const line = parse(text)
    if (wanted(line)) yield line
  }
}

function findSources({ config, directories }: Environment): Source[] {
  const parts = [
    { region: null, directory: partPaths(directories, { kind: "witness" }).directory },
    ...config.regions.map(({ name }) => ({
      region: name as string,
      directory: partPaths(directories, { kind: "region", region: name }).directory,
    })),
    { region: null, directory: partPaths(directories, { kind: "entry" }).directory },
  ]
  return parts.flatMap(({ region, directory }) =>
    logFiles(join(directory, "logs")).map(file => ({
      region,
      process: basename(file, ".log"),
      file: join(directory, "logs", file),
    })),
  )
}

function logFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter(file => file.endsWith(".log"))
  } catch {
    return []
  }
}

/** Yields from all at once, whichever has something first. */
async function* merge<Value>(iterables: readonly AsyncIterable<Value>[]): AsyncIterable<Value> {
  const next = (iterator: AsyncIterator<Value>) => iterator.next().then(result => ({ iterator, result }))
  const pending = new Map(
    iterables.map(iterable => iterable[Symbol.asyncIterator]()).map(iterator => [iterator, next(iterator)]),
  )
  while (pending.size > 0) {
    const { iterator, result } = await Promise.race(pending.values())
    if (result.done) pending.delete(iterator)
    else {
      pending.set(iterator, next(iterator))
      yield result.value
    }
  }
}
