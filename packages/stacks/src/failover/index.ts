export * from "./lacking.ts"
export * from "./lease.ts"
export * from "./readiness.ts"
export * from "./recovery.ts"
