import { readFile } from "node:fs/promises"
import { DrillEvent } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"

/**
 * Reads what a {@link DrillRecorder} wrote. Throws DRILL_RECORD_INVALID, with the number of the line, for anything that
 * is no event or more than one, and what the file system says.
 */
export async function readDrillEvents(file: string): Promise<DrillEvent[]> {
  const lines = (await readFile(file, "utf8")).split("\n")
  // Every line has an end, so that nothing follows the last one.
  const rest = lines.pop()
  if (rest) throw invalid(file, lines.length + 1, "it breaks off")
  return lines.map((line, index) => {
    const { data, error } = DrillEvent.safeParse(parse(line, file, index + 1))
    if (data) return data
    const [issue] = error?.issues ?? []
    const place = issue?.path.length ? `${issue.path.join(".")}: ` : ""
    throw invalid(file, index + 1, `${place}${issue?.message ?? "no event"}`)
  })
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw invalid(file, number, "no JSON")
  }
}

const invalid = (file: string, line: number, problem: string): ChatopsError =>
  new ChatopsError("DRILL_RECORD_INVALID", `${file}:${line} is no event of a drill: ${problem}`, {
    details: { file, line },
  })
