import * as z from "zod"

/** Processes that were stopped, in that order. */
export const StoppedProcesses = z.strictObject({
  processes: z.array(z.strictObject({ pid: z.int().positive(), started: z.string() })).readonly(),
})
