import fs from "node:fs/promises"
import { type Logger, pino } from "pino"
import { GatewaySettings } from "../contract/index.ts"
import { FatalError, readSettings, tellSupervisor } from "../server/supervision.ts"
import { listenForControl } from "./control-server.ts"
import { Gateway } from "./gateway.ts"

/**
 * Runs a gateway in this process until SIGTERM or SIGINT: settings from the file named by `CHATOPS_SETTINGS`, JSON log
 * on standard output, news for the supervisor when there is one. Throws `FatalError` when it cannot run. The death of
 * the supervisor does not matter to it.
 */
export async function runGateway(): Promise<void> {
  const settings = readSettings(GatewaySettings)
  const log = gatewayLog(settings)
  const gateway = createGateway(settings, log)
  const { address, port } = await gateway.listen().catch(cannotListen)
  const control = await listenForControl(gateway, settings.control)
  log.info({ host: address, port, algorithm: settings.algorithm, backends: settings.backends.length }, "listening")
  void tellSupervisor({ type: "listening", host: address, port })

  const stop = async (signal: string) => {
    log.info({ signal }, "draining")
    await gateway.drain()
    control.close()
    control.closeAllConnections()
    await fs.rm(settings.control, { force: true })
    log.info("stopped")
    process.exit(0)
  }
  let stopping = false
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
      if (!stopping) void stop(signal)
      stopping = true
    })
  }
}

function createGateway(settings: GatewaySettings, log: Logger): Gateway {
  const onReadiness = (ready: boolean) => {
    const reasons = ready ? [] : ["no healthy replica is known"]
    void tellSupervisor({ type: "readiness", ready, reasons })
    log.info({ ready, reasons }, "readiness")
  }
  try {
    return new Gateway(settings, { log, onReadiness })
  } catch (error) {
    if (error instanceof RangeError) throw new FatalError("SETTINGS_INVALID", error.message, { cause: error })
    throw error
  }
}

/** JSON lines of the same form as a replica's. */
const gatewayLog = ({ app, environment, logLevel }: GatewaySettings): Logger =>
  pino({
    level: logLevel,
    base: { app, environment, process: "gateway" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
  })

function cannotListen(error: NodeJS.ErrnoException): never {
  if (error.code !== "EADDRINUSE") throw error
  throw new FatalError("PORT_TAKEN", error.message, { cause: error })
}
