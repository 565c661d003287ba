import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { createDurably, writeDurably } from "../process/durable-file.ts"
import { fingerprint } from "../state/fingerprint.ts"
import type { NotifyEvent } from "./notify-event.ts"

/** So many wait at most; the oldest make room, for they are the oldest news. */
const usualMost = 1_000
/** A file half written for so long is a dead process's, in milliseconds. */
const draftLife = 60_000

/** One event on its way to one receiver. */
export const Message = z.strictObject({
  /** `webhook-id`: the same at every attempt and for every receiver, so that a receiver knows what it has already. */
  id: z.string().min(1),
  url: z.string(),
  /** As it was added, maybe by another version, which knows others. */
  event: z.custom<NotifyEvent>(value => typeof value === "object" && value !== null),
  /** In milliseconds since 1970, as is `dueAt`. */
  addedAt: z.number(),
  dueAt: z.number(),
  attempts: z.int().min(0),
  /** For how long it has been tried, the pause that is under way included, in milliseconds. */
  waited: z.number().min(0).default(0),
  /** What became of the last attempt. */
  failure: z.strictObject({ at: z.iso.datetime(), reason: z.string() }).nullable(),
})
export type Message = z.infer<typeof Message>

/**
 * Messages that wait, a file each. Any process may add to it; one sends. A file is there whole or not at all, and goes
 * only after its message was delivered or given up: whoever dies in between sends it again.
 */
export class Outbox {
  readonly #directory: string
  readonly #most: number
  /** As they are on disk: nobody but the sender changes what is there. */
  readonly #known = new Map<string, Message | undefined>()

  constructor(directory: string, most = usualMost) {
    this.#directory = directory
    this.#most = most
  }

  /** The same event added twice is one message. */
  async add(event: NotifyEvent, urls: readonly string[]): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const id = idOf(event)
    for (const url of urls) {
      const now = Date.now()
      const message: Message = { id, url, event, addedAt: now, dueAt: now, attempts: 0, waited: 0, failure: null }
      await createDurably(this.#file(message), JSON.stringify(message))
    }
    await this.#makeRoom()
  }

  /** The oldest first. What cannot be read is passed over. */
  async waiting(): Promise<Message[]> {
    const names = await this.#names()
    for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name)
    for (const name of names)
      if (!this.#known.has(name)) this.#known.set(name, await readMessage(join(this.#directory, name)))
    return names.flatMap(name => this.#known.get(name) ?? [])
  }

  async postpone(message: Message): Promise<void> {
    this.#known.set(nameOf(message), message)
    await writeDurably(this.#file(message), JSON.stringify(message))
  }

  async remove(message: Message): Promise<void> {
    await rm(this.#file(message), { force: true })
    this.#known.delete(nameOf(message))
  }

  /** Removes what processes left that died while they wrote. */
  async tidy(): Promise<void> {
    const drafts = (await readdir(this.#directory).catch(() => [])).filter(name => !isName(name))
    for (const name of drafts) {
      const path = join(this.#directory, name)
      const age = await stat(path)
        .then(({ mtimeMs }) => Date.now() - mtimeMs)
        .catch(() => 0)
      if (age > draftLife) await rm(path, { force: true })
    }
  }

  async #makeRoom(): Promise<void> {
    const names = await this.#names()
    for (const name of names.slice(0, Math.max(0, names.length - this.#most)))
      await rm(join(this.#directory, name), { force: true })
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#directory).catch(() => [])).filter(isName).sort()
  }

  #file(message: Message): string {
    return join(this.#directory, nameOf(message))
  }
}

/** Begins with the time, so that names are in its order. It has no full stop: one ends the id in what is signed. */
const idOf = (event: NotifyEvent): string =>
  `msg_${event.timestamp.replaceAll(/\D/g, "")}_${fingerprint(JSON.stringify(event), 16)}`

const nameOf = ({ id, url }: Message): string => `${id}.${fingerprint(url, 8)}.json`
const isName = (name: string): boolean => /^msg_\w+\.\w+\.json$/.test(name)

async function readMessage(file: string): Promise<Message | undefined> {
  try {
    return Message.parse(JSON.parse(await readFile(file, "utf8")))
  } catch {
    return undefined
  }
}
