export { createSimulator } from "./create-simulator.ts"
