import { ReplicaSettings } from "../contract/index.ts"
import { createApp } from "../server/app.ts"
import { createServices } from "../server/create-services.ts"
import { listen } from "../server/listen.ts"
import { readSecret, readSettings, runProcess, tellSupervisor } from "../server/supervision.ts"
import { createLog } from "../telemetry/log.ts"
import { pageFiles } from "../web/page-files.ts"

/** One replica of the chatbot. `CHATOPS_SETTINGS` names its settings file; SIGTERM drains it. */
await runProcess(async () => {
  const settings = readSettings(ReplicaSettings)
  const log = createLog(settings.logLevel, settings)
  const password = readSecret(settings.database.passwordFile)
  const page = pageFiles({ name: settings.app, environment: settings.environment })
  const built = createServices(settings, { password, log, pageFiles: page })
  const { readiness } = built.services
  const report = () => {
    const { ready, reasons } = readiness
    void tellSupervisor({ type: "readiness", ready, reasons })
    log.info({ ready, reasons }, "readiness")
  }
  readiness.onChange(report)
  const served = await listen(createApp(built.services), settings.listen, built.services)
  log.info(settings.listen, "listening")
  void tellSupervisor({ type: "listening", ...settings.listen })
  report()

  const stop = async (signal: string) => {
    log.info({ signal }, "draining")
    const finished = await served.drain(settings.drain)
    await built.close()
    log.info({ finished }, "stopped")
    process.exit(0)
  }
  process.once("SIGTERM", stop).once("SIGINT", stop)
})
