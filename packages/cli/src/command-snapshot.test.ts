import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { cliDirectory, notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"

interface ManifestFlag {
  readonly char?: string
  readonly type: string
  readonly options?: readonly string[]
  readonly default?: unknown
  readonly required?: boolean
  readonly aliases?: readonly string[]
  readonly allowNo?: boolean
  readonly env?: string
  readonly summary?: string
  readonly description?: string
}

interface ManifestCommand {
  readonly id: string
  readonly summary?: string
  readonly examples?: readonly { readonly description: string; readonly command: string }[]
  readonly flags: Readonly<Record<string, ManifestFlag>>
  readonly args: Readonly<Record<string, { required?: boolean; default?: unknown; description?: string }>>
}

sayIfNotBuilt("the surface of the command line")

describe.skipIf(notBuilt)("the surface of the command line", () => {
  let commands: readonly ManifestCommand[] = []
  beforeAll(() => {
    const manifest = JSON.parse(readFileSync(join(cliDirectory, "oclif.manifest.json"), "utf8"))
    commands = Object.values(manifest.commands as Record<string, ManifestCommand>).toSorted((a, b) =>
      a.id.localeCompare(b.id),
    )
  })

  it("is the frozen one", async () => {
    const frozen = `${JSON.stringify(commands.map(surface), null, 2)}\n`
    await expect(frozen).toMatchFileSnapshot(join(cliDirectory, "command-snapshot.json"))
  })

  it("says of every command what it does, in sentences", () => {
    const silent = commands.filter(({ summary }) => !summary?.endsWith("."))
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  it("shows an example of every command that names the command", () => {
    const without = commands.filter(({ id, examples = [] }) => {
      const typed = `<%= config.bin %> ${id.replaceAll(":", " ")}`
      return !examples.some(({ command, description }) => command.includes(typed) && description.length > 0)
    })
    expect(without.map(({ id }) => id)).toEqual([])
  })

  it("explains every flag and every argument", () => {
    const unexplained = commands.flatMap(({ id, flags, args }) =>
      [
        ...Object.entries(flags).filter(([, { summary, description }]) => !(summary ?? description)?.endsWith(".")),
        ...Object.entries(args).filter(([, { description }]) => !description?.endsWith(".")),
      ].map(([name]) => `${id} ${name}`),
    )
    expect(unexplained).toEqual([])
  })

  it("has --json everywhere, and --env and --app wherever there is an environment", () => {
    const withoutEnvironment = new Set(["init", "doctor"])
    for (const { id, flags } of commands) {
      expect(Object.keys(flags), id).toContain("json")
      if (!withoutEnvironment.has(id)) expect(Object.keys(flags), id).toEqual(expect.arrayContaining(["env", "app"]))
    }
  })
})

/** What scripts depend on; words for people may change. */
function surface({ id, flags, args }: ManifestCommand): unknown {
  return {
    id: id.replaceAll(":", " "),
    args: Object.entries(args).map(([name, { required = false, default: preset }]) => ({
      name,
      required,
      default: preset,
    })),
    flags: Object.entries(flags)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, { char, type, options, default: preset, required, aliases, allowNo, env }]) => ({
        name,
        char,
        type,
        options,
        default: preset,
        required,
        aliases,
        allowNo: allowNo || undefined,
        env,
      })),
  }
}
