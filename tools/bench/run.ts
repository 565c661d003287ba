import { execFileSync } from "node:child_process"
import { globSync } from "node:fs"
import { cpus } from "node:os"
import { basename } from "node:path"
import { type Benchmark, isMet } from "./figure.ts"

/** `pnpm bench <name> [--json]`: runs one benchmark, prints each figure beside its limit, fails when one falls short. */
const names = globSync("*.ts", { cwd: import.meta.dirname })
  .map(file => basename(file, ".ts"))
  .filter(name => !["run", "figure"].includes(name))
  .sort()
const [name] = process.argv.slice(2).filter(argument => !argument.startsWith("-"))
const json = process.argv.includes("--json")

if (name === undefined || !names.includes(name)) {
  console.error(`usage: pnpm bench <name> [--json]\nbenchmarks: ${names.join(", ")}`)
  process.exit(2)
}

const { default: benchmark } = (await import(`./${name}.ts`)) as { default: Benchmark }
const figures = await benchmark.run()
const judged = figures.map(figure => ({ ...figure, met: isMet(figure) }))
const missed = judged.filter(({ met }) => met === false)

if (json)
  console.log(
    JSON.stringify({ benchmark: name, machine: machine(), at: new Date().toISOString(), figures: judged }, null, 2),
  )
else for (const line of report()) console.log(line)
process.exitCode = missed.length > 0 ? 1 : 0

function report(): string[] {
  const width = Math.max(...judged.map(figure => figure.name.length))
  return [
    `${name}: ${benchmark.description}`,
    machine(),
    ...judged.map(({ name, value, unit, limit, met }) => {
      const bound = limit ? `${limit.op === "<=" ? "≤" : "≥"} ${limit.value} ${unit}` : ""
      return `${met === undefined ? " " : met ? "✔" : "✖"} ${name.padEnd(width)}  ${format(value).padStart(9)} ${unit.padEnd(10)} ${bound}`.trimEnd()
    }),
  ]
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3)
}

function machine(): string {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()
  return `${cpus().length} × ${cpus()[0]?.model ?? "?"} · ${process.platform}-${process.arch} · node ${process.version} · ${commit}`
}
