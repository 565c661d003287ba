import type * as z from "zod"
import type { CamelKeys } from "./camel-keys.ts"
import type { chatSchema } from "./chat-schema.ts"
import type { CommonEnvironment } from "./environment-schema.ts"
import type { AppName, EnvironmentName, RegionName, SecretName, UpstreamName } from "./names.ts"
import type { TargetConfig } from "./target-config.ts"
import type { targetConfigs } from "./targets-config.ts"

type KnownTarget = (typeof targetConfigs)[number]
type ChatOutput = ReadonlyDeep<z.output<typeof chatSchema>>

/** `chatops.yaml`, read: durations in milliseconds, sizes in bytes, defaults filled in, prompt loaded. */
export interface AppConfig<T extends TargetConfig = KnownTarget> {
  readonly app: AppName
  readonly chat: ChatConfig
  /** In the order of the file; at least one. */
  readonly environments: readonly EnvironmentConfig<T>[]
}

export interface ChatConfig extends Omit<ChatOutput, "prompt" | "upstreams"> {
  readonly prompt?: Prompt
  /** In order of preference; at least one. */
  readonly upstreams: readonly UpstreamConfig[]
}

export interface Prompt {
  /** Relative to the app's directory. */
  readonly path: string
  readonly text: string
}

/** Told apart by `upstream.simulator`. */
export type UpstreamConfig = RemoteUpstream | SimulatedUpstream

export interface RemoteUpstream {
  readonly name: UpstreamName
  readonly baseURL: string
  readonly apiKey?: { readonly secret: SecretName } | undefined
  readonly simulator?: undefined
}

export interface SimulatedUpstream {
  readonly name: UpstreamName
  readonly simulator: SimulatorConfig
  readonly baseURL?: undefined
}

export type SimulatorConfig = NonNullable<ChatOutput["upstreams"][number]["simulator"]>

/** One environment; a union over the targets, told apart by `target`. */
export type EnvironmentConfig<T extends TargetConfig = KnownTarget> = T extends TargetConfig
  ? Omit<ReadonlyDeep<CamelKeys<CommonEnvironment>>, "primary"> &
      ReadonlyDeep<CamelKeys<z.output<T["environment"]>>> & {
        readonly name: EnvironmentName
        readonly target: T["name"]
        /** In the order of the file; at least one. */
        readonly regions: readonly RegionConfig<T>[]
        /** The preferred primary, one of `regions`. */
        readonly primary: RegionName
      }
  : never

export type RegionConfig<T extends TargetConfig = KnownTarget> = {
  readonly name: RegionName
} & ReadonlyDeep<CamelKeys<z.output<T["region"]>>>

/** What the text alone tells: the prompt is still a path. */
export interface ParsedConfig<T extends TargetConfig = KnownTarget> extends Omit<AppConfig<T>, "chat"> {
  readonly chat: Omit<ChatConfig, "prompt"> & { readonly prompt?: string | undefined }
}

type ReadonlyDeep<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly ReadonlyDeep<Item>[]
    : { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
