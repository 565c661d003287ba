import { randomUUID } from "node:crypto"
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { ChatopsError } from "../errors/chatops-error.ts"
import { createDurably, readIfExists, writeDurably } from "../process/durable-file.ts"

export interface SecretInfo {
  readonly name: string
  /** ISO 8601. */
  readonly setAt: string
}

const isSecretName = (name: string): boolean => /^[a-z][a-z0-9-]{0,62}$/.test(name)

/** Secrets of one environment as files of mode 0600. Values come in, and are read by who uses them only: replicas, mostly. */
export class SecretStore {
  readonly #directory: string

  constructor(stateDirectory: string) {
    this.#directory = join(stateDirectory, "secrets")
  }

  /** The version comes last: a secret counts as set only once its value is there. */
  async set(name: string, value: string): Promise<void> {
    await mkdir(this.#place(name), { recursive: true, mode: 0o700 })
    await writeDurably(this.file(name), value)
    await writeDurably(this.#versionFile(name), randomUUID())
  }

  /**
   * Sets it unless there is a value, and gives back the value that there is from then on: the same to everybody, however
   * many do so at once.
   */
  async setOnce(name: string, value: string): Promise<string> {
    await mkdir(this.#place(name), { recursive: true, mode: 0o700 })
    await createDurably(this.file(name), value)
    // Whoever made the file may have died right after it.
    if ((await this.version(name)) === undefined) await writeDurably(this.#versionFile(name), randomUUID())
    return readFile(this.file(name), "utf8")
  }

  async list(): Promise<SecretInfo[]> {
    const names = await readdir(this.#directory).catch(() => [])
    const found = await Promise.all(
      names
        .filter(isSecretName)
        .sort()
        .map(name => this.#info(name)),
    )
    return found.filter(info => info !== undefined)
  }

  /** False when there was no such secret; what an interrupted `set` left is removed all the same. */
  async remove(name: string): Promise<boolean> {
    const known = (await this.version(name)) !== undefined
    await rm(this.#versionFile(name), { force: true })
    await rm(this.#place(name), { recursive: true, force: true })
    return known
  }

  /** Changes whenever the secret is set, and says nothing about its value. */
  async version(name: string): Promise<string | undefined> {
    return readIfExists(this.#versionFile(name))
  }

  file(name: string): string {
    return join(this.#place(name), "value")
  }

  async #info(name: string): Promise<SecretInfo | undefined> {
    if ((await this.version(name)) === undefined) return undefined
    const { mtime } = await stat(this.file(name))
    return { name, setAt: mtime.toISOString() }
  }

  /** A name is part of a path that is written and removed: nothing but a name may pass. */
  #place(name: string): string {
    if (isSecretName(name)) return join(this.#directory, name)
    throw new ChatopsError("SECRET_INVALID", `\`${name}\` is no name for a secret: small letters, digits and dashes`)
  }

  #versionFile(name: string): string {
    return join(this.#place(name), "version")
  }
}
