/** Which part of a list is wanted. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number
  readonly order: "asc" | "desc"
  /** Id of the item after which to go on, in that order. */
  readonly after: string | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly hasMore: boolean
}

/** The page of a list that is at hand as a whole; undefined when `after` is not in it. */
export function pageOf<Item extends { readonly id: string }>(
  all: readonly Item[],
  { limit, order, after }: PageRequest,
): Page<Item> | undefined {
  const ordered = order === "asc" ? all : all.toReversed()
  const start = after === undefined ? 0 : ordered.findIndex(item => item.id === after) + 1
  if (after !== undefined && start === 0) return undefined
  return { items: ordered.slice(start, start + limit), hasMore: ordered.length > start + limit }
}
