export * from "./drill-event.ts"
export * from "./drill-figures.ts"
export * from "./fault.ts"
export * from "./scenario.ts"
