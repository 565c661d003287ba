import * as z from "zod"

/** TCP endpoint. `host` is an address or name, `port` 1–65535. */
export const Endpoint = z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) })
export type Endpoint = z.infer<typeof Endpoint>

/** Milliseconds, at least one. */
export const Milliseconds = z.int().min(1)
