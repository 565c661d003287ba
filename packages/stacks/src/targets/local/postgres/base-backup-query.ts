import { Socket } from "node:net"
import { PassThrough, type Readable } from "node:stream"
import type { Connection, Submittable } from "pg"

const typeByte = { newArchive: 0x6e, data: 0x64, manifest: 0x6d, progress: 0x70 } as const

/** A primary that sends nothing for that long, in milliseconds, is frozen or out of reach. */
const longestSilence = 60_000

/** How much of the data directory has been sent, and its size before; in bytes. Told about once a second. */
export type BackupProgress = (sent: number, total: number) => void

/**
 * One BASE_BACKUP command. Its answer is two small result sets, then a stream of copy messages that each begin with a
 * type byte, then one more result set (PostgreSQL documentation, "Streaming Replication Protocol").
 */
export class BaseBackupQuery implements Submittable {
  /** The tar archive of the data directory. */
  readonly archive: Readable
  readonly finished: Promise<void>
  readonly #command: string
  readonly #stream = new PassThrough({ highWaterMark: 1024 * 1024 })
  readonly #settle: { resolve: () => void; reject: (error: Error) => void }
  readonly #onProgress: BackupProgress
  #connection: Connection | undefined
  #total = 0
  #failed = false

  constructor(command: string, onProgress: BackupProgress = () => undefined) {
    this.#command = command
    this.#onProgress = onProgress
    this.archive = this.#stream
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.finished = promise
    this.#settle = { resolve, reject }
    this.#stream.on("drain", () => this.#connection?.stream.resume())
    this.#stream.on("error", () => undefined)
  }

  submit(connection: Connection): void {
    this.#connection = connection
    const silent = new Error(`the primary sent nothing for ${longestSilence / 1_000} s`)
    // Without TLS the stream is a socket, which its type does not say.
    if (connection.stream instanceof Socket)
      connection.stream.setTimeout(longestSilence, () => connection.stream.destroy(silent))
    connection.query(this.#command)
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (chunk[0] === typeByte.progress) this.#onProgress(Number(chunk.readBigInt64BE(1)), this.#total)
    if (chunk[0] !== typeByte.data) return
    if (!this.#stream.write(Buffer.from(chunk.subarray(1)))) this.#connection?.stream.pause()
  }

  handleError(error: Error): void {
    this.#failed = true
    this.#stream.destroy(error)
    this.#settle.reject(error)
  }

  handleReadyForQuery(): void {
    if (this.#failed) return
    this.#stream.end()
    this.#settle.resolve()
  }

  /** Of the three result sets only that of the table spaces has three columns: the last is the size in kilobytes. */
  handleDataRow({ fields }: { fields: readonly (string | Buffer | null)[] }): void {
    if (fields.length === 3) this.#total += Number(String(fields[2] ?? 0)) * 1_024
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleCopyInResponse(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
