import { catalog, type ErrorCode } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { openOverSocket, requestOverSocket } from "./socket-request.ts"
import type { AgentSpec } from "./spec.ts"
import { type AgentState, heartbeatInterval } from "./state.ts"

const deadline = 3_000
/** An agent that shows no sign of life for that long, on a machine that may be busy, is frozen. */
const silence = 4 * heartbeatInterval

/** Talks to one agent over its socket. Everything but `state` throws AGENT_UNREACHABLE, AGENT_FAILED or the agent's own code. */
export class AgentClient {
  readonly #socket: string

  constructor(socket: string) {
    this.#socket = socket
  }

  /** The agent's state, or nothing when it does not answer: a normal case for a region that died. */
  async state(timeout = deadline): Promise<AgentState | undefined> {
    try {
      return (await this.#call("GET", "/state", undefined, timeout)) as AgentState
    } catch {
      return undefined
    }
  }

  async apply(spec: AgentSpec): Promise<void> {
    await this.#call("PUT", "/spec", spec, deadline)
  }

  /** The function goes on when the signal aborts; nobody waits for it then. */
  async admin(name: string, input: unknown = {}, timeout = 10_000, signal?: AbortSignal): Promise<unknown> {
    return this.#call("POST", `/admin/${name}`, input, timeout, signal)
  }

  /** Yields the agent's state now and on every change, until the agent ends, falls silent or the signal aborts. */
  async *changes(signal: AbortSignal): AsyncIterable<AgentState> {
    const silent = new AbortController()
    const timer = setTimeout(() => silent.abort(new Error("it fell silent")), silence)
    try {
      const either = AbortSignal.any([signal, silent.signal])
      const body = await openOverSocket({ socket: this.#socket, method: "GET", path: "/events", signal: either })
      let rest = ""
      for await (const chunk of body.setEncoding("utf8")) {
        timer.refresh()
        const lines = (rest + chunk).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) yield JSON.parse(line) as AgentState
      }
    } catch (error) {
      signal.throwIfAborted()
      throw this.#unreachable(error)
    } finally {
      clearTimeout(timer)
    }
  }

  async #call(
    method: "GET" | "PUT" | "POST",
    path: string,
    body: unknown,
    timeout: number,
    given?: AbortSignal,
  ): Promise<unknown> {
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), ...(given ? [given] : [])])
    const request = requestOverSocket({ socket: this.#socket, method, path, body, signal })
    const { status, body: answer } = await request.catch(cause => {
      given?.throwIfAborted()
      throw this.#unreachable(cause)
    })
    if (status < 300) return answer
    const { code, message } = answer as { code?: string; message?: string }
    const known = code !== undefined && code in catalog ? (code as ErrorCode) : "AGENT_FAILED"
    throw new ChatopsError(known, message ?? `HTTP ${status}`)
  }

  #unreachable(cause: unknown): ChatopsError {
    return new ChatopsError("AGENT_UNREACHABLE", `no answer on ${this.#socket}: ${(cause as Error).message}`, { cause })
  }
}
