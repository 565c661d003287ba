/** A chat that remembers; its items come from turns and from clients. */
export interface Conversation {
  /** `conv_…` */
  readonly id: string
  /** Unix seconds. */
  readonly created_at: number
  readonly metadata: Readonly<Record<string, string>>
}
