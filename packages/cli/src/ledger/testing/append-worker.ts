import { openLedger } from "../ledger.ts"
import { record } from "./sample-record.ts"

/** A process that appends some entries and, when asked to, pushes after each: `<directory> <prefix> <count> [push]`. */
const [directory = "", prefix = "", count = "0", push] = process.argv.slice(2)
const ledger = openLedger(directory, { patience: 60_000 })
for (let index = 0; index < Number(count); index++) {
  await ledger.append(record({ id: `${prefix}-${index}` }))
  if (push !== undefined) await ledger.push()
}
