import { runGateway } from "../gateway/run-gateway.ts"
import { runProcess } from "../server/supervision.ts"

/** The gateway. `CHATOPS_SETTINGS` names its settings file; SIGTERM drains it. */
await runProcess(runGateway)
