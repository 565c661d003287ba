import * as z from "zod"
import { wholeNumber } from "./bounded-number.ts"
import { byteSize } from "./byte-size.ts"
import { camelKeys } from "./camel-keys.ts"
import { duration } from "./duration.ts"
import { RegionName, SecretName } from "./names.ts"
import { requiredSection, section } from "./section.ts"
import type { TargetConfig } from "./target-config.ts"

const runtimeSchema = section(
  {
    replicas: wholeNumber({ min: 1, max: 16 }).prefault(2).describe("Replicas in each region, 1 to 16. Default: 2."),
    "body-limit": byteSize({ min: "1KiB", max: "64MiB" })
      .prefault("1MiB")
      .describe("Largest request body; a larger one is refused with a 413. Default: 1MiB."),
    drain: duration({ min: "0ms", max: "1h" })
      .prefault("30s")
      .describe("How long answers may take to finish when a replica stops. Default: 30s."),
  },
  "The processes that answer.",
)

const hostError = "an address or host name to listen on, such as 127.0.0.1"
const proxyError = "an address or a range of them, such as 10.0.0.0/8"

const entrySchema = section(
  {
    host: z
      .string({ error: hostError })
      .regex(/^[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9:])?$/, { error: hostError })
      .prefault("127.0.0.1")
      .describe("Address to listen on. Default: 127.0.0.1."),
    port: wholeNumber({ min: 1, max: 65_535 }).optional().describe("Port to listen on; one is allocated when absent."),
    "trusted-proxies": z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: proxyError }))
      .prefault([])
      .describe("Addresses or ranges (CIDR) whose X-Forwarded-For is believed."),
  },
  "The address that users reach.",
)

const objectivesSchema = section(
  {
    rto: duration({ min: "0ms", max: "1h" }).describe(
      "How long no turn may be acknowledged after a fault, as users see it.",
    ),
    rpo: wholeNumber({ min: 0, max: 1_000_000 })
      .prefault(0)
      .describe("How many acknowledged turns a fault may lose. Default: 0."),
  },
  "What drills are held against.",
)

const receiversError = "a list of receivers, such as `- { url: https://example.com/hook, secret: { secret: hook } }`"
const receiverURLError = "an https or http URL without credentials, such as https://example.com/hook"

const receiverSchema = requiredSection(
  {
    url: z
      .url({ protocol: /^https?$/, error: receiverURLError })
      .refine(url => URL.parse(url)?.username === "" && URL.parse(url)?.password === "", { error: receiverURLError })
      .describe("Address that events are posted to."),
    secret: requiredSection(
      { secret: SecretName.describe("Name of the secret, as given to `chatops secret set`.") },
      "What events are signed with: `whsec_` and 24 to 64 random bytes in base64. The secret itself never stands in this file.",
      "the name of a secret, such as `secret: { secret: hook }`; the secret itself goes to `chatops secret set`",
    ),
  },
  "Who is told, by webhooks of the Standard Webhooks specification.",
  "a map with `url` and `secret`",
)

/** Keys of an environment whatever its target. */
const common = {
  primary: z
    .string()
    .optional()
    .describe("The preferred primary: where a new environment starts. Default: the first region."),
  durability: z
    .enum(["zero-loss", "async"])
    .describe(
      "When a turn counts as kept. zero-loss: durable in two regions, so that no region's end loses it. async: durable on the primary.",
    ),
  "on-standby-loss": z
    .enum(["degrade", "block"])
    .prefault("degrade")
    .describe(
      "With zero-loss, when no other region can hold turns any more. degrade: go on alone until one can. block: refuse turns until then. Default: degrade.",
    ),
  failover: z
    .enum(["manual", "automatic"])
    .prefault("manual")
    .describe(
      "Who starts a failover. manual: a person does. automatic: a watcher at the entry does, when it and the region in sync have both lost the primary. With async nobody is in sync: the region that has come furthest takes over, once the primary's supervisor is gone as well, and what was acknowledged last is lost. Default: manual.",
    ),
  production: z
    .boolean({ error: "true or false" })
    .prefault(false)
    .describe("Real users depend on it: drills need `--yes-production`. Default: false."),
  objectives: objectivesSchema.optional(),
  balancing: z
    .enum(["round-robin", "least-connections", "ip-hash"])
    .prefault("least-connections")
    .describe("How requests spread over the replicas. Default: least-connections."),
  notify: z
    .array(receiverSchema, { error: receiversError })
    .prefault([])
    .describe("Who is told when a failover would not succeed any more, or would again, and of failovers and drills."),
  runtime: runtimeSchema.prefault({}),
  entry: entrySchema.prefault({}),
}

export type CommonEnvironment = z.output<z.ZodObject<typeof common>>

/** One environment of a target, as a branch of the union on `target`. */
export function environmentSchema(target: TargetConfig) {
  const regionError = "a map of region names to their settings, such as `regions: { east: {}, west: {} }`"
  return z
    .strictObject({
      target: z.literal(target.name).describe(`${target.name}: ${target.description}`),
      regions: z
        .record(RegionName, section(target.region.shape, "One failure domain with a full copy of everything."), {
          error: regionError,
        })
        .refine(regions => Object.keys(regions).length > 0, { error: regionError })
        .transform(regions => Object.entries(regions).map(([name, settings]) => ({ name, ...settings })))
        .meta({ description: "The regions, by name; at least one.", minProperties: 1 }),
      ...common,
      ...target.environment.shape,
    })
    .transform(environment => ({
      ...camelKeys(environment),
      primary: environment.primary ?? environment.regions[0]?.name,
    }))
}
