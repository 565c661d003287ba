import { outliveFullLog } from "../agent/process-log.ts"
import { agentFailure } from "../agent/state.ts"
import { HoldRequest, holdFault } from "../faults/hold-fault.ts"
import type { HolderMessage } from "../faults/holder-message.ts"

outliveFullLog()

/** `fault-holder <request>`: makes one fault and heals it at its time, or at SIGTERM, whatever becomes of who asked. */
const request = HoldRequest.parse(JSON.parse(process.argv[2] ?? ""))
const ended = new AbortController()
process.on("SIGTERM", () => ended.abort(new Error("it was told to heal")))

// Nobody may be there any more.
const tell = (message: HolderMessage) => void process.send?.(message, () => undefined)

let inEffect = false
try {
  const made = (effect: { madeAt: number; healsAt: number }) => {
    inEffect = true
    tell({ type: "made", ...effect })
    process.disconnect?.()
  }
  await holdFault(request, made, ended.signal)
} catch (error) {
  process.stderr.write(`${request.id}: ${(error as Error).stack}\n`)
  process.exitCode = 1
  if (!inEffect) tell({ type: "failed", ...agentFailure(error) })
}
if (process.connected) process.disconnect()
