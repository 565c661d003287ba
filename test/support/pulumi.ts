import { findPulumi } from "../../packages/cli/src/engine/find-pulumi.ts"

/**
 * Throws where nothing can be deployed, at once and in every test that would: a machine without the engine's CLI proves
 * little, and that must not look like success. `npm test` tries to get it beforehand.
 */
export async function requirePulumi(): Promise<void> {
  await findPulumi({ lookOnly: true })
}
