/** One thing that has to be right on this machine. */
export interface Finding {
  readonly name: string
  readonly state: "ok" | "warning" | "problem"
  readonly detail: string
  /** What to do; nothing when it is ok. */
  readonly hint?: string
}

export interface Check {
  readonly name: string
  look(): Promise<Omit<Finding, "name">>
  /** Mends what `look` found; absent where only a person can. */
  fix?(progress: (text: string) => void): Promise<void>
}
