import { flush, run } from "@oclif/core"

try {
  await run(process.argv.slice(2), import.meta.url)
  await flush()
} catch (error) {
  // What commands throw they report themselves; here arrive a command that does not exist, and plugins' own errors.
  const { reportFailure } = await import("./render/report-failure.ts")
  const manifest = new URL("../oclif.manifest.json", import.meta.url)
  await reportFailure(error as Error, process.argv.slice(2), manifest)
}
