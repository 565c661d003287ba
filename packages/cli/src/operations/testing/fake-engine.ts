import type { StackChange } from "../../engine/engine.ts"
import type { StackName } from "../../engine/stack-name.ts"
import type { StackEngine } from "../operation.ts"

export interface FakeEngine extends StackEngine {
  /** `update region-east`, in the order in which they began. */
  readonly calls: string[]
  /** Names of stacks that exist. */
  readonly deployed: Set<StackName>
}

export interface FakeEngineParts {
  /** Changes that previews show, by stack; a stack without an entry is as it should be. */
  readonly changes?: Partial<Record<StackName, StackChange["operation"]>>
  readonly deployed?: readonly StackName[]
  /** Takes the place of an update or a removal. */
  readonly during?: (verb: "update" | "destroy", name: StackName, cancel?: AbortSignal) => Promise<void>
}

/** An engine that changes nothing but a set of names, and writes down what was asked of it. */
export function fakeEngine({ changes = {}, deployed = [], during = async () => {} }: FakeEngineParts): FakeEngine {
  const calls: string[] = []
  const stacks = new Set(deployed)
  return {
    calls,
    deployed: stacks,
    preview: async name => {
      const operation = changes[name]
      return operation ? [{ stack: name, operation, resource: "it", reasons: [`${name} is to ${operation}`] }] : []
    },
    update: async (name, cancel) => {
      calls.push(`update ${name}`)
      await during("update", name, cancel)
      stacks.add(name)
    },
    destroy: async name => {
      calls.push(`destroy ${name}`)
      await during("destroy", name)
      stacks.delete(name)
    },
    outputs: async () => undefined,
  }
}
