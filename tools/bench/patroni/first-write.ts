import { setTimeout as wait } from "node:timers/promises"
import { type Login, withConnection } from "./database.ts"

/** Milliseconds between two attempts at the same server. */
const every = 10
/** Milliseconds after which a fault counts as one that was not survived. */
const longest = 180_000

/**
 * Resolves when the first write is acknowledged by whichever server takes one. An application that names both, and asks
 * for the one that is read-write, tries them in turn; here both are tried at once, so that nothing is added by the one
 * that hangs. It begins with new connections: whatever was open when the fault was made is of no use.
 */
export async function firstWrite(logins: readonly Login[]): Promise<void> {
  const ended = new AbortController()
  const until = AbortSignal.any([ended.signal, AbortSignal.timeout(longest)])
  try {
    await Promise.any(logins.map(login => writeTo(login, until)))
  } catch {
    throw new Error(`no write was acknowledged within ${longest / 1_000} s`)
  } finally {
    ended.abort()
  }
}

async function writeTo(login: Login, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    try {
      return await writeOnceWritable(login, until)
    } catch {
      await wait(every)
    }
  }
  throw until.reason
}

/** A standby is asked again on the same connection, which stays when it is promoted. */
const writeOnceWritable = (login: Login, until: AbortSignal): Promise<void> =>
  withConnection(login, async client => {
    const isStandby = async () => {
      const { rows } = await client.query<{ standby: boolean }>("select pg_is_in_recovery() as standby")
      return rows[0]?.standby
    }
    while (await isStandby()) await wait(every, undefined, { signal: until })
    await client.query("insert into written values (now())")
  })
