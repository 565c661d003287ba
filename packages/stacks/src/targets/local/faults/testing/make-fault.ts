import { localFaults } from "../local-faults.ts"

/** Run as a program, to be killed: `environment fault healAfter`. Says when the fault is in effect, and stays. */
const [environment, fault, healAfter] = process.argv.slice(2).map(text => JSON.parse(text))
const made = await localFaults(environment).make(fault, { healAfter }, AbortSignal.timeout(20_000))
process.stdout.write(`${JSON.stringify(made)}\n`)
setInterval(() => undefined, 1_000)
