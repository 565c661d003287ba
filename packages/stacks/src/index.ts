export * from "./errors/catalog.ts"
export * from "./errors/chatops-error.ts"
