/** SQL that each connection prepares once, under its name. Names are unique in the program. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export type Values = readonly unknown[]

export const statement = (name: string, text: string): Statement => ({ name, text })
