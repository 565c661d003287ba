export { environmentOf, loadConfig } from "@chatops/stacks"
