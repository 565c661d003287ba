import * as z from "zod"

export const mayBeLost = z.strictObject({
  turns: z
    .number()
    .int()
    .min(0)
    .nullable()
    .describe("Acknowledged turns that the region was last known to lack; null: nobody could say."),
  seconds: z
    .number()
    .min(0)
    .nullable()
    .describe("Nothing is lost that was acknowledged longer than this before; null: nobody can say."),
})
