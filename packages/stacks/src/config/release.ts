import { createHash } from "node:crypto"
import type { AppConfig, UpstreamConfig } from "./app-config.ts"
import { canonicalJSON } from "./canonical-json.ts"

/** `rel_` and 12 hexadecimal digits: names everything that can change an answer. */
export type ReleaseId = `rel_${string}`

/** What of the configuration can change an answer. Keys, deadlines and where the app runs cannot. */
export function releaseInputs({ chat }: Pick<AppConfig, "chat">) {
  return {
    model: chat.model,
    prompt: chat.prompt?.text ?? null,
    parameters: chat.parameters,
    upstreams: chat.upstreams.map(upstreamInputs),
  }
}

export function releaseId(config: Pick<AppConfig, "chat">, runtimeVersion: string): ReleaseId {
  const inputs = canonicalJSON({ runtime: runtimeVersion, ...releaseInputs(config) })
  return `rel_${createHash("sha256").update(inputs).digest("hex").slice(0, 12)}`
}

function upstreamInputs({ name, baseURL, simulator }: UpstreamConfig) {
  return simulator === undefined ? { name, baseURL } : { name, simulator }
}
