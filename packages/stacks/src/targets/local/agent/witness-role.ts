import { join } from "node:path"
import { agentProgram, nodeProcess } from "./node-process.ts"
import type { Role, RoleContext } from "./role.ts"
import { SimpleRole } from "./simple-role.ts"
import type { WitnessSpec } from "./spec.ts"

/** Keeps the environment's register. */
export function witnessRole(context: RoleContext): Role {
  return new SimpleRole<WitnessSpec>(context, ({ port, tokenFile, initial }) =>
    nodeProcess(context.directory, "witness", agentProgram("witness"), {
      port,
      tokenFile,
      initial,
      file: join(context.directory, "register.json"),
    }),
  )
}
