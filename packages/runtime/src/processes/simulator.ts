import { readFileSync } from "node:fs"
import { type ProcessMessage, SimulatorSettings } from "../contract/index.ts"
import { createSimulator } from "../simulator/index.ts"

/** The simulated model as a process of its own. `CHATOPS_SETTINGS` names its settings file. */
const settings = readSettings()
if (settings !== undefined) serve(settings)

function serve({ listen, behaviour }: SimulatorSettings) {
  const server = createSimulator(behaviour)
  server.on("error", (error: NodeJS.ErrnoException) => {
    const code = error.code === "EADDRINUSE" ? "PORT_TAKEN" : "LISTEN_FAILED"
    fail(code, `The simulator cannot listen on ${listen.host}:${listen.port}: ${error.message}`)
  })
  server.listen(listen.port, listen.host, () => {
    log("info", `Simulator listens on ${listen.host}:${listen.port}`)
    tell({ type: "listening", ...listen })
  })
  const stop = () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  }
  process.once("SIGTERM", stop).once("SIGINT", stop)
}

function readSettings(): SimulatorSettings | undefined {
  try {
    const file = process.env["CHATOPS_SETTINGS"]
    if (file === undefined) throw new Error("CHATOPS_SETTINGS names no settings file.")
    return SimulatorSettings.parse(JSON.parse(readFileSync(file, "utf8")))
  } catch (error) {
    fail("SETTINGS_INVALID", error instanceof Error ? error.message : String(error))
    return undefined
  }
}

/** Exits once the supervisor has the message. */
function fail(code: string, message: string) {
  log("error", message)
  process.exitCode = 1
  tell({ type: "fatal", code, message }, () => process.exit(1))
}

function tell(message: ProcessMessage, then: () => void = () => {}) {
  if (process.send) process.send(message, then)
  else then()
}

function log(level: string, message: string) {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg: message })}\n`)
}
