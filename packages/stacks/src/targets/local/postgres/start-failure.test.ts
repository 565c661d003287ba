import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { blamesDirectory, startFailure } from "./start-failure.ts"

const line = (text: string) => `2026-03-01 10:00:00.123 UTC [4711] ${text}\n`
const starting = line("LOG:  starting PostgreSQL 18.4 on x86_64")

function failure(...lines: string[]) {
  const file = join(scratchDirectory(), "database.log")
  writeFileSync(file, lines.join(""))
  return startFailure(file, 1)
}

it("repeats PostgreSQL's last words", async () => {
  const said = line('FATAL:  lock file "postmaster.pid" already exists')
  expect(
    await failure(line("FATAL:  older"), starting, said, line("LOG:  database system is shut down")),
  ).toMatchObject({
    code: "DATABASE_START",
    message: 'PostgreSQL does not start: FATAL:  lock file "postmaster.pid" already exists',
  })
})

it("tells a taken port and a full disk by their own codes", async () => {
  const bind = line('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use')
  expect(await failure(starting, bind, line("FATAL:  could not create any TCP/IP sockets"))).toMatchObject({
    code: "PORT_TAKEN",
  })
  const full = line('PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device')
  expect(await failure(starting, full)).toMatchObject({ code: "DISK_FULL" })
})

it("does not take an earlier start's trouble for this one's", async () => {
  const bind = line('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use')
  expect(await failure(starting, bind, starting, line("FATAL:  new"))).toMatchObject({ code: "DATABASE_START" })
})

it.each([
  ["PANIC:  could not locate a valid checkpoint record at 0/15C2D90", true],
  ["FATAL:  incorrect checksum in control file", true],
  ['FATAL:  lock file "postmaster.pid" already exists', false],
  ["FATAL:  could not map anonymous shared memory: Cannot allocate memory", false],
  ['PANIC:  could not write to file "pg_wal/xlogtemp.1": File too large', false],
])("%s: a copy would help: %s", async (said, helps) => {
  expect(blamesDirectory(await failure(starting, line(said)))).toBe(helps)
})
