import type { Environment } from "../../../environment.ts"
import type { WatcherAction } from "../../../failover/watcher-journal.ts"
import { readWatcherJournal, watcherJournalFile } from "../agent/watcher-journal.ts"
import { partPaths } from "../layout.ts"

/** From its file, so that a watcher that is dead is heard as well. */
export const localWatcherActions = ({ directories }: Environment): readonly WatcherAction[] =>
  readWatcherJournal(watcherJournalFile(partPaths(directories, { kind: "entry" }).directory)).filter(
    entry => entry.event === "acted",
  )
