import { turns } from "./0001-turns.ts"
import { keys } from "./0002-keys.ts"
import { completedTurns } from "./0003-completed-turns.ts"
import { lease } from "./0004-lease.ts"
import type { Migration } from "./migration.ts"

/** In order of their versions, without gaps. */
export const migrations: readonly Migration[] = [turns, keys, completedTurns, lease]
