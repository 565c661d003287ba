import type * as z from "zod"

/** The type of a result's schema, to be read and not changed. A schema costs start-up time: import it as a type only. */
export type ResultOf<Schema extends z.ZodType> = ReadonlyDeep<z.output<Schema>>

type ReadonlyDeep<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly ReadonlyDeep<Item>[]
      : { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
