export type {
  AppConfig,
  ChatConfig,
  EnvironmentConfig,
  Prompt,
  RegionConfig,
  RemoteUpstream,
  SimulatedUpstream,
  SimulatorConfig,
  UpstreamConfig,
} from "./app-config.ts"
export { chooseEnvironment } from "./choose-environment.ts"
export { findAppDirectory } from "./find-app.ts"
export { configFileName, loadConfig } from "./load-config.ts"
export { AppName, EnvironmentName, RegionName, SecretName, UpstreamName } from "./names.ts"
export { parseConfig } from "./parse-config.ts"
export type { ConfigProblem } from "./problem.ts"
export { type ReleaseId, releaseId, releaseInputs } from "./release.ts"
export type { TargetConfig } from "./target-config.ts"
