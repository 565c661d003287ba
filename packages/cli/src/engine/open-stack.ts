import { existsSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { writeDurably } from "@chatops/stacks/process"
import type { InlineProgramArgs, LocalWorkspaceOptions, OutputMap, Stack } from "@pulumi/pulumi/automation/index.js"

export interface OpenStack {
  readonly stack: Stack
  /** Asks the engine; takes half a second. */
  outputs(): Promise<OutputMap>
  /** The next opening asks the engine whether the stack exists. */
  forget(): Promise<void>
}

/**
 * A stack through the Automation API, without the calls that are not needed. Each is a start of the Pulumi CLI, a third
 * of a second on one core, and the API makes one to select a stack that it then names in every call anyway, and three
 * after every update for outputs and history. `workDir` is this stack's own and remembers that it was created.
 */
export async function openStack(
  args: InlineProgramArgs,
  options: LocalWorkspaceOptions & { workDir: string },
): Promise<OpenStack> {
  const { default: automation } = await import("@pulumi/pulumi/automation/index.js")
  await mkdir(options.workDir, { recursive: true })
  const workspace = await automation.LocalWorkspace.create({
    ...options,
    program: args.program,
    projectSettings: { name: args.projectName, runtime: "nodejs", main: options.workDir },
  })
  const created = join(options.workDir, ".created")
  if (existsSync(created)) workspace.selectStack = async () => undefined
  const stack = await automation.Stack.createOrSelect(args.stackName, workspace)
  await writeDurably(created, "")
  const outputs = stack.outputs.bind(stack)
  return {
    stack: Object.assign(stack, { outputs: async () => ({}), info: async () => undefined }),
    outputs,
    forget: () => rm(created, { force: true }),
  }
}
