/** The same object with `kebab-case` and `snake_case` keys as `camelCase`; values are left alone. */
export function camelKeys<T extends object>(value: T): CamelKeys<T> {
  const entries = Object.entries(value).map(([key, item]) => [
    key.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    item,
  ])
  return Object.fromEntries(entries) as CamelKeys<T>
}

export type CamelKeys<T> = { [K in keyof T as K extends string ? CamelCase<K> : K]: T[K] }

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S extends `${infer Head}_${infer Tail}`
    ? `${Head}${Capitalize<CamelCase<Tail>>}`
    : S
