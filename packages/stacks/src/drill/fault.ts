import * as z from "zod"

const region = z.string().min(1)

/** What a drill can break. A target says which of these it can make, and where. */
export const Fault = z.discriminatedUnion("kind", [
  /** The region's database process dies at once. */
  z.strictObject({ kind: z.literal("kill-database"), region }),
  /** The region's database stands still, and its connections stay open; everything else there runs on. */
  z.strictObject({ kind: z.literal("freeze-database"), region }),
  /** Every process of the region dies at once, its supervisor included. */
  z.strictObject({ kind: z.literal("kill-region"), region }),
  /** Every process of the region stands still, and its connections stay open. */
  z.strictObject({ kind: z.literal("freeze-region"), region }),
  /** Nothing passes between these regions any more, silently. The witness and the entry reach both. */
  z.strictObject({ kind: z.literal("partition-regions"), regions: z.tuple([region, region]) }),
  /** Nothing passes between the entry and the region any more, silently. */
  z.strictObject({ kind: z.literal("partition-entry"), region }),
  /** Nothing passes between the region and anybody else any more, silently: other regions, the entry, the witness. */
  z.strictObject({ kind: z.literal("cut-off-region"), region }),
  /** The region can write nothing to its disk any more. */
  z.strictObject({ kind: z.literal("fill-disk"), region }),
  /** The region's model answers nothing any more. */
  z.strictObject({ kind: z.literal("lose-model"), region }),
])
export type Fault = z.infer<typeof Fault>
export type FaultKind = Fault["kind"]

/** Regions that a fault is made in, of which none may be another fault's at the same time. */
export const regionsOf = (fault: Fault): readonly string[] => ("region" in fault ? [fault.region] : fault.regions)

/** As people read it: `kill-region east`. Also of one that was read from a document. */
export const faultName = (
  fault: { readonly kind: string } & ({ readonly region: string } | { readonly regions: readonly string[] }),
): string => `${fault.kind} ${("region" in fault ? [fault.region] : fault.regions).join(" ↔ ")}`
