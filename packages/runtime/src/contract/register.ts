import * as z from "zod"

/**
 * The witness's register: who is primary, and what durability holds. Changed by compare-and-set on `version` only.
 * A region is named together with the incarnation of its data directory, which every rebuild makes new.
 */
export const RegionIncarnation = z.strictObject({ region: z.string().min(1), incarnation: z.string().min(1) })
export type RegionIncarnation = z.infer<typeof RegionIncarnation>

export const Register = z.strictObject({
  /** Grows with every change of primary. */
  epoch: z.int().min(1),
  primary: z.string().min(1),
  /** Incarnation of the primary's directory; null only until the environment's first database exists. */
  incarnation: z.string().min(1).nullable(),
  /** The one standby that holds everything acknowledged, or nobody. */
  inSync: RegionIncarnation.nullable(),
  durability: z.enum(["zero-loss", "async"]),
  onLoss: z.enum(["degrade", "block"]),
  /**
   * Length of the primary's lease in milliseconds, for when nobody is in sync. Null: none is kept, and no region that is
   * not in sync may claim; so it is where there is one region only.
   */
  lease: z.int().min(1).nullable(),
  /**
   * How its primary came to its place: as the region in sync, or without having been, because the environment is `async`
   * or somebody forced it. Then what its predecessor acknowledged last is lost.
   */
  claim: z.enum(["in-sync", "async", "forced"]).default("in-sync"),
  /** Grows with every write. */
  version: z.int().min(1),
  /** Tells one's own write from another's. */
  nonce: z.string().min(1),
})
export type Register = z.infer<typeof Register>
