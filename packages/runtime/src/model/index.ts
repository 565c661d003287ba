export { createModel } from "./create-model.ts"
export * from "./model.ts"
export * from "./upstream-error.ts"
