import type { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { CreatedKey, KeyInfo, TargetKeys } from "../../../target.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"
import { inspectLocal } from "./inspect.ts"

/** Keys through the supervisor of whichever region is primary now. */
export function localKeys(environment: Environment): TargetKeys {
  const ask = async (name: string, input: unknown, signal: AbortSignal) => {
    signal.throwIfAborted()
    const primary = await primaryRegion(environment)
    const place = partPaths(environment.directories, { kind: "region", region: primary })
    return new AgentClient(await agentSocket(place)).admin(name, input)
  }
  return {
    create: async (request, signal) => (await ask("create-key", request, signal)) as CreatedKey,
    list: async signal => ((await ask("list-keys", {}, signal)) as Record<string, string>[]).map(keyInfo),
    revoke: async (id, signal) => ((await ask("revoke-key", { id }, signal)) as { revoked: boolean }).revoked,
    createToken: async (request, signal) => ((await ask("create-token", request, signal)) as { token: string }).token,
  }
}

async function primaryRegion(environment: Environment): Promise<string> {
  const { witness, regions } = await inspectLocal(environment)
  // A former primary that cannot reach the witness goes on calling itself one.
  const named = (witness.register as Register | null)?.primary
  const primary = named ?? regions.find(region => region.role === "primary")?.name
  if (!primary) throw new ChatopsError("NOT_DEPLOYED", `environment ${environment.config.name} is not deployed`)
  return primary
}

function keyInfo(row: Record<string, string>): KeyInfo {
  return {
    id: row["id"] ?? "",
    tenant: row["tenant"] ?? "",
    name: row["name"] ?? "",
    createdAt: row["created_at"] ?? "",
    expiresAt: row["expires_at"] ?? null,
    revokedAt: row["revoked_at"] ?? null,
  }
}
