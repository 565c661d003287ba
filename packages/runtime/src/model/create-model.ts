import { readFileSync } from "node:fs"
import type { Chat, Upstream } from "../contract/index.ts"
import type { Outcome } from "./failure.ts"
import type { Upstreams } from "./first-that-answers.ts"
import { forwardAnswer } from "./forward-answer.ts"
import type { Model } from "./model.ts"
import { createPreference } from "./preference.ts"
import { type OnSettingsRefused, watchSettings } from "./settings-watch.ts"
import { streamAnswer } from "./stream-answer.ts"
import { connectUpstream } from "./upstream-connection.ts"

/** What the model needs from its surroundings; each has a default. */
export interface ModelServices {
  /** Text of a key file; read once per upstream, at creation. */
  readonly readKey?: (file: string) => string
  /** Told the outcome of every request to an upstream: `ok`, or what went wrong; for the metric of that name. */
  readonly onUpstreamResult?: (upstream: string, outcome: Outcome) => void
  /** Told once for each change, not for each request. */
  readonly onSettingsRefused?: OnSettingsRefused
}

/** Throws when a key file cannot be read or holds no key. */
export function createModel(chat: Chat, services: ModelServices = {}): Model {
  const {
    readKey = file => readFileSync(file, "utf8"),
    onUpstreamResult = () => {},
    onSettingsRefused = () => {},
  } = services
  const key = ({ apiKeyFile }: Upstream) => (apiKeyFile === undefined ? undefined : readKey(apiKeyFile).trim())
  const connections = chat.upstreams.map(upstream => connectUpstream(upstream, key(upstream), chat.deadlines))
  const judgeSettings = watchSettings(onSettingsRefused)
  const upstreams: Upstreams = {
    preference: createPreference(connections),
    report({ name }, outcome, error) {
      onUpstreamResult(name, outcome)
      if (outcome === "ok" || error !== undefined) judgeSettings(name, error)
    },
  }

  return {
    stream: (request, signal) => streamAnswer(upstreams, request, signal),
    forward: (body, signal) => forwardAnswer(upstreams, body, signal),
    close() {
      for (const connection of connections) connection.close()
    },
  }
}
