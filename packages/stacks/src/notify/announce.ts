import { join } from "node:path"
import type { Environment } from "../environment.ts"
import { type Announcement, NotifyEvent } from "./notify-event.ts"
import { Outbox } from "./outbox.ts"

export const outboxDirectory = (stateDirectory: string): string => join(stateDirectory, "outbox")

/**
 * Has an environment's receivers told of an event: it is put where the entry's supervisor sends it from, now or when it
 * is back. The same event, by its whole content, may be announced again. Never throws and waits for no receiver: what is
 * told of must not fail because nobody could be told.
 */
export async function announce(environment: Environment, announcement: Announcement): Promise<void> {
  const { app, config, directories } = environment
  const urls = config.notify.map(({ url }) => url)
  if (urls.length === 0) return
  try {
    const event = eventOf({ app: app.app, environment: config.name }, announcement)
    await new Outbox(outboxDirectory(directories.state)).add(event, urls)
  } catch {
    // A full disk, mostly.
  }
}

/** Parsed, so that nothing leaves this machine that is not meant to. Throws what the schema does. */
export const eventOf = (
  { app, environment }: { readonly app: string; readonly environment: string },
  { data, ...announcement }: Announcement,
): NotifyEvent => NotifyEvent.parse({ ...announcement, data: { app, environment, ...data } })
