import type * as z from "zod"
import { chatResult } from "./chat.ts"
import { deployResult } from "./deploy.ts"
import { deployPreviewResult } from "./deploy-preview.ts"
import { destroyResult } from "./destroy.ts"
import { doctorResult } from "./doctor.ts"
import { drillListResult, drillRunResult, drillShowResult } from "./drill.ts"
import { drillVerifyResult } from "./drill-verify.ts"
import { errorResult } from "./error.ts"
import { explanationResult } from "./explanation.ts"
import { failoverResult } from "./failover.ts"
import { historyResult } from "./history.ts"
import { initResult } from "./init.ts"
import { keysCreateResult, keysListResult, keysRevokeResult } from "./keys.ts"
import { logRecord, logsResult } from "./logs.ts"
import { openResult } from "./open.ts"
import { resumeResult } from "./resume.ts"
import { secretListResult, secretRemoveResult, secretSetResult } from "./secret.ts"
import { statusResult } from "./status.ts"
import { witnessRecoverResult } from "./witness-recover.ts"

/**
 * Every document that `--json` prints, by command; `error` may stand in the place of any. Fields are added, never
 * changed. For tests and programs: a command only takes the types from these files.
 */
export const resultSchemas = {
  chat: chatResult,
  deploy: deployResult,
  "deploy --preview": deployPreviewResult,
  destroy: destroyResult,
  doctor: doctorResult,
  "drill list": drillListResult,
  "drill run": drillRunResult,
  "drill show": drillShowResult,
  "drill verify": drillVerifyResult,
  error: errorResult,
  failback: failoverResult,
  failover: failoverResult,
  "failover --explain": explanationResult,
  history: historyResult,
  init: initResult,
  "keys create": keysCreateResult,
  "keys list": keysListResult,
  "keys revoke": keysRevokeResult,
  logs: logsResult,
  "logs --follow": logRecord,
  open: openResult,
  resume: resumeResult,
  "secret list": secretListResult,
  "secret remove": secretRemoveResult,
  "secret set": secretSetResult,
  status: statusResult,
  "witness recover": witnessRecoverResult,
} as const satisfies Readonly<Record<string, z.ZodType>>
