import fs from "node:fs/promises"
import { pino } from "pino"
import { GatewaySettings, type ProcessMessage } from "../contract/index.ts"
import { listenForControl } from "./control-server.ts"
import { Gateway } from "./gateway.ts"

/**
 * Runs a gateway in this process until SIGTERM or SIGINT: settings from the file named by `CHATOPS_SETTINGS`, JSON log
 * on standard output, news for the parent over IPC when there is one. Exits 1 when it cannot run.
 */
export async function runGateway(): Promise<void> {
  const started = await start().catch((error: NodeJS.ErrnoException) => {
    const fatal = fatalOf(error)
    pino().fatal({ code: fatal.code, reason: fatal.message }, "the gateway cannot run")
    tellParent(fatal, () => process.exit(1))
  })
  if (started === undefined) return
  const { gateway, log, control } = started

  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, "draining")
    await gateway.drain()
    control.close()
    control.closeAllConnections()
    await fs.rm(gateway.settings.control, { force: true })
    log.info("stopped")
    process.exit(0)
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
  // The parent's death closes the channel; the gateway goes on without it.
  process.on("disconnect", () => {})
}

async function start() {
  const settings = await readSettings()
  const log = pino({
    level: settings.logLevel,
    base: { app: settings.app, environment: settings.environment, process: "gateway" },
  })
  const gateway = new Gateway(settings, {
    log,
    onReadiness: ready =>
      tellParent({ type: "readiness", ready, reasons: ready ? [] : ["no healthy replica is known"] }),
  })
  const { address, port } = await gateway.listen()
  const control = await listenForControl(gateway, settings.control)
  log.info({ host: address, port, algorithm: settings.algorithm, backends: settings.backends.length }, "listening")
  tellParent({ type: "listening", host: address, port })
  return { gateway, log, control }
}

async function readSettings(): Promise<GatewaySettings> {
  const file = process.env["CHATOPS_SETTINGS"]
  if (file === undefined) throw new SettingsError("CHATOPS_SETTINGS names no file")
  const text = await fs.readFile(file, "utf8").catch((error: Error) => {
    throw new SettingsError(error.message)
  })
  try {
    return GatewaySettings.parse(JSON.parse(text))
  } catch (error) {
    throw new SettingsError(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}

class SettingsError extends Error {}

function fatalOf(error: NodeJS.ErrnoException): ProcessMessage & { type: "fatal" } {
  const code =
    error instanceof SettingsError || error instanceof RangeError
      ? "SETTINGS_INVALID"
      : error.code === "EADDRINUSE"
        ? "PORT_TAKEN"
        : (error.code ?? "INTERNAL")
  return { type: "fatal", code, message: error.message }
}

function tellParent(message: ProcessMessage, sent: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) sent()
  else process.send(message, undefined, {}, () => sent())
}
