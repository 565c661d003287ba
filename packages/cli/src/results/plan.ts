import * as z from "zod"

/** One change to one stack, as a plan holds it. */
const stackChange = z.strictObject({
  stack: z.string().regex(/^(base|entry|region-.+)$/),
  operation: z.enum(["create", "update", "replace", "delete"]),
  resource: z.string().describe("As the program names it."),
  reasons: z.array(z.string()).describe("For people: what differs, or what is wrong with what runs."),
})

export const planFields = {
  changes: z.array(stackChange).describe("In the order in which they are made; none: nothing was to be done."),
  notes: z.array(z.string()).describe("What does not happen although chatops.yaml may suggest it."),
}
