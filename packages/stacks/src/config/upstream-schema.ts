import * as z from "zod"
import { decimal, wholeNumber } from "./bounded-number.ts"
import { duration } from "./duration.ts"
import { SecretName, UpstreamName } from "./names.ts"
import { requiredSection, section } from "./section.ts"

const expectedURL = "a base URL without credentials, up to and including the version, such as https://api.openai.com/v1"

const baseURLSchema = z.url({ protocol: /^https?$/, error: expectedURL }).refine(
  url => {
    const parsed = URL.parse(url)
    return parsed !== null && parsed.username === "" && parsed.password === ""
  },
  { error: expectedURL },
)

const apiKeySchema = requiredSection(
  { secret: SecretName.describe("Name of the secret, as given to `chatops secret set`.") },
  "Where the API key comes from. The key itself never stands in this file.",
  "the name of a secret, such as `apiKey: { secret: openai }`; the key itself goes to `chatops secret set`",
)

const simulatorSchema = section(
  {
    "first-token-delay": duration({ min: "0ms", max: "1h" })
      .prefault("120ms")
      .describe("Wait before an answer begins. Default: 120ms."),
    "tokens-per-second": decimal({ min: 0.1, max: 100_000 }).prefault(60).describe("Words a second. Default: 60."),
    "error-rate": decimal({ min: 0, max: 1 })
      .prefault(0)
      .describe("Share of requests answered with an error before the first byte, 0 to 1. Default: 0."),
    "answer-tokens": wholeNumber({ min: 1, max: 100_000 })
      .prefault(32)
      .describe("Words in an answer when the request sets no limit. Default: 32."),
  },
  "The bundled simulator: an OpenAI-compatible server that needs no key and costs nothing.",
)

/** Exactly one of `baseURL` and `simulator` is set; `combinations.ts` sees to it. */
export const upstreamSchema = z
  .strictObject({
    name: UpstreamName.describe("Names this upstream in logs and metrics; unique in the list."),
    baseURL: baseURLSchema.optional().describe("OpenAI-compatible server, such as https://api.openai.com/v1."),
    apiKey: apiKeySchema.optional(),
    simulator: simulatorSchema.optional(),
  })
  .meta({
    description: "One OpenAI-compatible server, or the bundled simulator.",
    oneOf: [{ required: ["baseURL"] }, { required: ["simulator"] }],
  })
