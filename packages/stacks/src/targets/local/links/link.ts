import * as z from "zod"

/** One way from this region to another party, over an address that can be cut without being root. */
export const Link = z.strictObject({
  /** `west/database`, `witness` … */
  name: z.string(),
  listen: z.int(),
  to: z.strictObject({ host: z.string(), port: z.int() }),
})
export type Link = z.infer<typeof Link>

export const LinkSettings = z.strictObject({
  links: z.array(Link),
  /** Unix socket over which a drill cuts links. */
  control: z.string(),
})
export type LinkSettings = z.infer<typeof LinkSettings>
