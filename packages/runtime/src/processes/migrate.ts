import { MigrationSettings } from "../contract/index.ts"
import { migrate } from "../conversation/migrate.ts"
import { readSecret, readSettings, runProcess } from "../server/supervision.ts"

/** Brings one database's schema up to date, prints `{ "applied": […], "version": n }` and ends. */
await runProcess(async () => {
  const settings = readSettings(MigrationSettings)
  const result = await migrate({ ...settings, password: readSecret(settings.passwordFile) })
  process.stdout.write(`${JSON.stringify(result)}\n`)
})
