/** Where a turn was committed. */
export interface CommitPosition {
  /** Of the primary. */
  readonly epoch: number
  /** PostgreSQL's. */
  readonly timeline: number
  /** Not beyond the commit's record; as PostgreSQL writes it: `0/16B3748`. */
  readonly lsn: string
}

/** `epoch=3 timeline=2 lsn=0/16B3748` */
export const formatCommitPosition = ({ epoch, timeline, lsn }: CommitPosition): string =>
  `epoch=${epoch} timeline=${timeline} lsn=${lsn}`

/**
 * Reads the value of the header `x-chatops-commit`, or the comment `: x-chatops-commit: …` that stands before the last
 * events of a stream. Undefined when it is neither.
 */
export function parseCommitPosition(text: string): CommitPosition | undefined {
  const [, epoch, timeline, lsn] = pattern.exec(text) ?? []
  if (epoch === undefined || timeline === undefined || lsn === undefined) return undefined
  return { epoch: Number(epoch), timeline: Number(timeline), lsn }
}

const pattern = /^(?:: x-chatops-commit: )?epoch=(\d{1,15}) timeline=(\d{1,10}) lsn=([0-9A-F]{1,8}\/[0-9A-F]{1,8})$/
