import * as z from "zod"
import { Endpoint } from "./shared.ts"

/** How the simulated model behaves. Times in milliseconds, rates in tokens (words) a second. */
export const SimulatorBehaviour = z.strictObject({
  firstTokenDelay: z.number().min(0).default(120),
  tokensPerSecond: z.number().positive().default(60),
  /** Share of requests answered with a 500 before the first byte, 0 to 1. */
  errorRate: z.number().min(0).max(1).default(0),
  /** Words in an answer when the request sets no limit. */
  answerTokens: z.int().min(1).default(32),
  /** Usage reported instead of the counted one. */
  usage: z.strictObject({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).optional(),
  /** Same seed and request, same answer. */
  seed: z.int().default(1),
})
export type SimulatorBehaviour = z.infer<typeof SimulatorBehaviour>

/** The simulator's settings file, named by `CHATOPS_SETTINGS`. */
export const SimulatorSettings = z.strictObject({
  listen: Endpoint,
  behaviour: SimulatorBehaviour.prefault({}),
})
export type SimulatorSettings = z.infer<typeof SimulatorSettings>
