export { readIfExists, writeDurably } from "./durable-file.ts"
export { identify, isAlive, type ProcessIdentity } from "./process-identity.ts"
export { type LockAttempt, type LockHolder, lockHolder, takeLock } from "./process-lock.ts"
