/** What finds an app and its environments: light, because every command begins with it. */
export { chooseEnvironment } from "./config/choose-environment.ts"
export { loadConfig } from "./config/load-config.ts"
export { environmentOf } from "./environment.ts"
