import { runtimeVersion } from "./build-info.ts"
import type { AppConfig, EnvironmentConfig } from "./config/app-config.ts"
import { type ReleaseId, releaseId } from "./config/release.ts"
import { type EnvironmentDirectories, environmentDirectories } from "./state/state-directory.ts"

/** One environment of one app, as everything below the commands is given it. */
export interface Environment {
  readonly app: AppConfig
  readonly appDirectory: string
  readonly config: EnvironmentConfig
  readonly directories: EnvironmentDirectories
  /** The release that the configuration describes; what runs may be another. */
  readonly release: ReleaseId
}

export function environmentOf(app: AppConfig, appDirectory: string, config: EnvironmentConfig): Environment {
  return {
    app,
    appDirectory,
    config,
    directories: environmentDirectories(app.app, appDirectory, config.name),
    release: releaseId(app, runtimeVersion()),
  }
}
