/** A wrong command line. oclif's own errors of this kind are told by the same mark. */
export class UsageError extends Error {
  readonly oclif = { exit: 2 }
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
