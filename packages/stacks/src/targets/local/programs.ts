import type { TargetPrograms } from "../../target.ts"
import type { AgentSpec } from "./agent/spec.ts"
import { agentResourceType } from "./agent-resource.ts"
import type { AskedSpecs } from "./asked-specs.ts"
import type { PartSpecs } from "./part-specs.ts"

/**
 * The Pulumi programs of the local target. Addresses were reserved beforehand, so no stack needs another's outputs
 * to be written; they are exported all the same, for a pipeline's own programs.
 */
export function localPrograms(specs: PartSpecs, asked: AskedSpecs): TargetPrograms {
  const agent = (name: string, spec: AgentSpec) => register(name, asked.add(spec))
  return {
    base: async () => {
      const spec = specs.witness()
      await agent("witness", spec)
      return { witness: `http://127.0.0.1:${spec.port}` }
    },
    region: async region => {
      const spec = specs.region(region)
      await agent(`region-${region}`, spec)
      return {
        database: `127.0.0.1:${spec.database.port}`,
        replicas: spec.replicas.map(({ replica, listen }) => ({ replica, ...listen })),
      }
    },
    entry: async () => {
      const spec = specs.entry()
      await agent("gateway", spec)
      return { url: `http://${spec.gateway.listen.host}:${spec.gateway.listen.port}` }
    },
  }
}

/** The SDK is loaded inside the program only: commands that need no engine never pay for it. */
async function register(name: string, spec: string): Promise<void> {
  const { default: pulumi } = await import("@pulumi/pulumi")
  class Agent extends pulumi.CustomResource {}
  new Agent(agentResourceType, name, { spec })
}
