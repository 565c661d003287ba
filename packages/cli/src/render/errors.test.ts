import { ChatopsError, catalog } from "@chatops/stacks/errors"
import { CLIError } from "@oclif/core/errors"
import { describe, expect, it } from "vitest"
import { errorResult } from "../results/error.ts"
import { plain } from "../testing/plain.ts"
import { UsageError } from "../usage/usage-error.ts"
import { errorDocument, errorExitCode, errorLines } from "./errors.ts"

const systemCall = (code: string) => Object.assign(new Error(code), { code, syscall: "open", path: "/state/x" })

describe("an error", () => {
  it.each<[string, Error, { code: string; exit: number; lines: (string | RegExp)[] }]>([
    [
      "of the catalog",
      new ChatopsError("PORT_TAKEN", "port 8080 is used by another program", { hint: "Choose another." }),
      {
        code: "PORT_TAKEN",
        exit: 3,
        lines: ["✖ port 8080 is used by another program", "  Choose another.", "  PORT_TAKEN"],
      },
    ],
    [
      "of the operating system",
      systemCall("ENOSPC"),
      { code: "DISK_FULL", exit: 3, lines: ["✖ open on /state/x: ENOSPC", /Make room/, "  DISK_FULL"] },
    ],
    [
      "of permissions",
      systemCall("EACCES"),
      {
        code: "NO_PERMISSION",
        exit: 3,
        lines: ["✖ open on /state/x: EACCES", /mend the permissions/, "  NO_PERMISSION"],
      },
    ],
    [
      "of oclif, for a wrong command line",
      new CLIError("Missing 1 required arg:\nid  Id of the key.\nSee more help with --help"),
      {
        code: "USAGE",
        exit: 2,
        lines: ["✖ Missing 1 required arg: id: Id of the key.", "  --help shows what is accepted."],
      },
    ],
    [
      "of a wrong command line that only we can see",
      new UsageError("--json answers one message", "Name it."),
      { code: "USAGE", exit: 2, lines: ["✖ --json answers one message", "  Name it."] },
    ],
    [
      "that nobody foresaw",
      new Error("x is not a function"),
      { code: "INTERNAL", exit: 1, lines: [/x is not a function\n {4}at /, /Report it/, "  INTERNAL"] },
    ],
  ])("%s has its code, exit code and words", (_name, error, { code, exit, lines }) => {
    const document = errorDocument(error)
    expect(errorResult.parse(document)).toEqual(document)
    expect(document.error.code).toBe(code)
    expect(Object.keys(catalog)).toContain(code)
    expect(errorExitCode(error)).toBe(exit)
    const shown = plain(errorLines(error))
    expect(shown).toHaveLength(lines.length)
    for (const [index, line] of lines.entries())
      expect(shown[index]).toEqual(line instanceof RegExp ? expect.stringMatching(line) : line)
  })

  it("tells programs the facts, under details", () => {
    const error = new ChatopsError("OPERATION_RUNNING", "deploy is running", { details: { pid: 7 } })
    expect(errorDocument(error).error.details).toEqual({ pid: 7 })
  })
})
