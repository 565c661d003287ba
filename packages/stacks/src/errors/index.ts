export { type CatalogEntry, catalog, type ErrorCode, exitCode } from "./catalog.ts"
export { ChatopsError, type ErrorContext } from "./chatops-error.ts"
export { nearestSpelling } from "./nearest-spelling.ts"
export { systemError } from "./system-error.ts"
