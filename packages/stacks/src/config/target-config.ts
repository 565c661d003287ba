import type * as z from "zod"

/** What a target adds to the schema of `chatops.yaml`. Keys are kebab-case; every one has a description. */
export interface TargetConfig {
  /** Value of `target`. */
  readonly name: string
  readonly description: string
  /** Keys of the environment beyond those that every target has. */
  readonly environment: z.ZodObject
  /** Keys of one region. */
  readonly region: z.ZodObject
}
