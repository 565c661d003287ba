import { runGateway } from "../../../packages/runtime/src/gateway/run-gateway.ts"
import { runProcess } from "../../../packages/runtime/src/server/supervision.ts"

/** The gateway as it is run, logs and checks included; tells its CPU time when asked. */
process.on("message", () => process.send?.({ type: "cpu", usage: process.cpuUsage() }))
await runProcess(runGateway)
process.on("disconnect", () => process.exit())
