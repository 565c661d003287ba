import * as z from "zod"
import { Milliseconds } from "./shared.ts"

/** How long an upstream may take before the runtime gives up on it, each in milliseconds. */
export const Deadlines = z.strictObject({
  /** TCP and TLS. */
  connect: Milliseconds.default(3_000),
  /** From the request being sent to the first event of the answer. */
  firstToken: Milliseconds.default(60_000),
  /** Between two events of one answer. */
  betweenTokens: Milliseconds.default(30_000),
})
export type Deadlines = z.infer<typeof Deadlines>

/** One OpenAI-compatible server, called by chat completions. */
export const Upstream = z.strictObject({
  name: z.string().min(1),
  /** Base URL up to and including the version, as OpenAI's clients take it: `https://api.openai.com/v1`. */
  baseURL: z.url({ protocol: /^https?$/ }),
  /** File that holds the key; read at start. Absent: no `Authorization` header is sent. */
  apiKeyFile: z.string().optional(),
})
export type Upstream = z.infer<typeof Upstream>

/** What decides how the chatbot answers; part of the release. */
export const Chat = z.strictObject({
  model: z.string().min(1),
  /** System prompt, or nothing. */
  prompt: z.string().optional(),
  /** Defaults for what a request leaves out. */
  parameters: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      top_p: z.number().min(0).max(1).optional(),
      max_output_tokens: z.int().min(1).optional(),
    })
    .default({}),
  /** In order of preference; the next is tried while no byte of an answer has been seen. */
  upstreams: z.array(Upstream).min(1),
  deadlines: Deadlines.prefault({}),
})
export type Chat = z.infer<typeof Chat>
