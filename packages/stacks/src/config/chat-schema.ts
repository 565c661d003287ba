import * as z from "zod"
import { decimal, wholeNumber } from "./bounded-number.ts"
import { duration } from "./duration.ts"
import { PromptPath } from "./prompt-path.ts"
import { requiredSection, section } from "./section.ts"
import { upstreamSchema } from "./upstream-schema.ts"

const parametersSchema = section(
  {
    temperature: decimal({ min: 0, max: 2 }).optional().describe("Randomness of the answers, 0 to 2."),
    top_p: decimal({ min: 0, max: 1 })
      .optional()
      .describe("Nucleus sampling: share of probability to draw from, 0 to 1."),
    "max-output-tokens": wholeNumber({ min: 1, max: 10_000_000 }).optional().describe("Longest answer, in tokens."),
  },
  "What a request that does not say otherwise is answered with.",
)

const deadline = duration({ min: "1ms", max: "24h" })

const deadlinesSchema = section(
  {
    connect: deadline.prefault("3s").describe("TCP and TLS. Default: 3s."),
    "first-token": deadline
      .prefault("60s")
      .describe("From the request to the first event of the answer. Default: 60s."),
    "between-tokens": deadline.prefault("30s").describe("Between two events of one answer. Default: 30s."),
  },
  "How long an upstream may take before the next one is tried.",
)

const modelError = "the name of a model, such as gpt-5-mini"
const upstreamsError = "a list with at least one upstream"

export const chatSchema = requiredSection(
  {
    model: z
      .string({ error: modelError })
      .min(1, { error: modelError })
      .describe("Model that upstreams are asked for, such as gpt-5-mini."),
    prompt: PromptPath.optional().describe(
      "File with the system prompt, relative to chatops.yaml and inside its directory.",
    ),
    parameters: parametersSchema.prefault({}),
    deadlines: deadlinesSchema.prefault({}),
    upstreams: z
      .array(upstreamSchema, { error: upstreamsError })
      .min(1, { error: upstreamsError })
      .describe("Who answers, in order of preference."),
  },
  "What decides how the chatbot answers.",
  "a map with at least `model` and `upstreams`",
)
