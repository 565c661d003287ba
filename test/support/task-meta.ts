import "vitest"

declare module "vitest" {
  interface TaskMeta {
    /** Why this test or suite does not run here; the summary prints it. */
    skipReason?: string | undefined
  }
}
