import { existsSync } from "node:fs"
import { join } from "node:path"

/** In a region's directory; nothing but a test writes it. */
export const brokenFenceFile = "test-only-broken-fence"

/**
 * Has a primary acknowledge what nobody holds, not even its own disk: proof that drills notice. No command, option or
 * setting leads here, only a file that nobody else has a reason to write.
 */
export const brokenFence = (regionDirectory: string): string =>
  existsSync(join(regionDirectory, brokenFenceFile)) ? "synchronous_commit = off\nwal_writer_delay = 10s\n" : ""
