export { chooseEnvironment, environmentOf, loadConfig } from "@chatops/stacks/app"
