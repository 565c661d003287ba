import { ChatopsError } from "../../errors/chatops-error.ts"
import { parseConfig } from "../parse-config.ts"

/** Every key that is accepted, each once. */
export const sample = `app: support-bot
chat:
  model: gpt-5-mini
  prompt: prompts/support.md
  parameters: { temperature: 0.2, top_p: 0.9, max-output-tokens: 400 }
  deadlines: { connect: 3s, first-token: 1.5m, between-tokens: 500ms }
  upstreams:
    - { name: openai, baseURL: https://api.openai.com/v1, apiKey: { secret: openai } }
    - { name: simulator, simulator: { first-token-delay: 120ms, tokens-per-second: 60, error-rate: 0, answer-tokens: 32 } }
environments:
  local:
    target: local
    regions: { east: {}, west: { weight: 2 } }
    primary: west
    durability: zero-loss
    failover: manual
    balancing: ip-hash
    runtime: { replicas: 2, body-limit: 1MiB, drain: 30s }
    entry: { host: 127.0.0.1, port: 8080, trusted-proxies: [10.0.0.0/8, "::1"] }
    production: true
    objectives: { rto: 10s, rpo: 2 }
    on-standby-loss: block
    notify: [{ url: https://example.com/hook, secret: { secret: hook } }]
`

/** The sample with one piece of its text replaced. */
export function sampleWith(piece: string, replacement: string): string {
  if (!sample.includes(piece)) throw new Error(`The sample has no ${piece}`)
  return sample.replace(piece, () => replacement)
}

/** The error that a text is refused with. */
export function refusal(text: string): ChatopsError {
  try {
    parseConfig(text)
  } catch (error) {
    if (error instanceof ChatopsError) return error
    throw error
  }
  throw new Error("The text was accepted")
}
