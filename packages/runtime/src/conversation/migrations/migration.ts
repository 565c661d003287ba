/**
 * A numbered step of the schema, forward only, applied in one transaction.
 *
 * Two versions of the runtime run side by side during a rollout, so a step may only *expand*: new tables, columns with
 * defaults, indexes, functions. What an older version still reads or writes is taken away (*contracted*) one release
 * after the last that uses it, by a step that is marked `breaks`.
 *
 * The locks that a step takes are held until its end, so on a table that is in use it has to be over in an instant: no
 * rewrite of rows, no check of old rows (`NOT VALID`), no index on a table that already is large.
 */
export interface Migration {
  readonly version: number
  readonly name: string
  /** Versions of the runtime that know only steps before this one cannot run beside it, nor migrate over it. */
  readonly breaks?: true
  readonly sql: string
}
