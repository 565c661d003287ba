import type { GatewaySettings } from "../../contract/index.ts"
import type { Backends } from "../backends.ts"
import type { Timing } from "../timing.ts"
import type { RequestLog } from "./request-log.ts"
import type { Traffic } from "./traffic.ts"

/** What every exchange shares. */
export interface ForwardingContext {
  /** The current settings; they can change between two attempts. */
  settings(): GatewaySettings
  draining(): boolean
  readonly backends: Backends
  readonly timing: Timing
  readonly traffic: Traffic
  readonly log: RequestLog
}
