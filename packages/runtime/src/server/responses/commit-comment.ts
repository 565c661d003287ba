import { type CommitPosition, formatCommitPosition, header } from "../../contract/index.ts"

/** A comment between events, which official clients pass over. */
export const commitComment = (position: CommitPosition): string =>
  `: ${header.commit}: ${formatCommitPosition(position)}\n\n`
