import type { KeyHolder } from "../keys/api-keys.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a request of this route is answered although the replica is stopping. */
    whileDraining?: (request: FastifyRequest) => boolean
  }
  interface FastifyRequest {
    /** Who asks; set on routes under `/v1`. */
    keyHolder: KeyHolder | undefined
    /** The body's bytes as they came. */
    rawBody: Buffer | undefined
    /** Monotonic milliseconds. */
    arrivedAt: number
    /** Monotonic milliseconds; set when the first byte of the answer was written. */
    answeredAt: number | undefined
    /** Code of the error that the answer is, or ends with. */
    errorCode: string | undefined
    /** Id of what was made or asked for; for the log. */
    subject: string | undefined
  }
}
