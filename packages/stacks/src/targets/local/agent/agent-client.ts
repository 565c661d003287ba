import { Client } from "undici"
import { type ErrorCode, catalog } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { AgentSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"

const deadline = 3_000

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

  async admin(name: string, input: unknown = {}, timeout = 10_000): Promise<unknown> {
    return this.#call("POST", `/admin/${name}`, input, timeout)
  }

  async stop(): Promise<void> {
    await this.#call("POST", "/stop", {}, deadline)
  }

  /** Yields the agent's state now and on every change, until the agent ends or the signal aborts. */
  async *changes(signal: AbortSignal): AsyncIterable<AgentState> {
    const client = this.#client(0)
    try {
      const { body } = await client.request({ method: "GET", path: "/events", signal })
      let rest = ""
      for await (const chunk of body.setEncoding("utf8")) {
        const lines = (rest + chunk).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) yield JSON.parse(line) as AgentState
      }
    } finally {
      await client.destroy()
    }
  }

  async #call(method: "GET" | "PUT" | "POST", path: string, body: unknown, timeout: number): Promise<unknown> {
    const client = this.#client(timeout)
    try {
      const response = await client.request({
        method,
        path,
        signal: AbortSignal.timeout(timeout),
        ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      })
      const answer = await response.body.json()
      if (response.statusCode < 300) return answer
      const { code, message } = answer as { code?: string; message?: string }
      throw new ChatopsError(code && code in catalog ? (code as ErrorCode) : "AGENT_FAILED", message ?? `HTTP ${response.statusCode}`)
    } catch (error) {
      if (error instanceof ChatopsError) throw error
      throw new ChatopsError("AGENT_UNREACHABLE", `no answer on ${this.#socket}: ${(error as Error).message}`, { cause: error })
    } finally {
      await client.destroy()
    }
  }

  #client(timeout: number): Client {
    return new Client("http://agent", { socketPath: this.#socket, headersTimeout: timeout, bodyTimeout: timeout })
  }
}
