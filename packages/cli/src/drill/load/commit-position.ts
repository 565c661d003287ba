import { header } from "@chatops/runtime/contract"
import type { CommitPosition } from "@chatops/stacks/drill"

const format = /^epoch=([1-9]\d*) timeline=([1-9]\d*) lsn=([0-9A-F]+\/[0-9A-F]+)$/i

/** Reads `epoch=3 timeline=2 lsn=0/16B3748`; undefined for anything else. */
export function parseCommitPosition(text: string | undefined): CommitPosition | undefined {
  const [, epoch, timeline, lsn] = format.exec(text?.trim() ?? "") ?? []
  return lsn === undefined ? undefined : { epoch: Number(epoch), timeline: Number(timeline), lsn }
}

/** The same from a comment, `x-chatops-commit: …`. */
export const positionInComment = (comment: string): CommitPosition | undefined =>
  comment.trimStart().startsWith(`${header.commit}:`)
    ? parseCommitPosition(comment.trimStart().slice(header.commit.length + 1))
    : undefined
