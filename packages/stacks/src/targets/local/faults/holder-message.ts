/** What a fault's holder tells whoever started it: one of these, once. */
export type HolderMessage =
  | { readonly type: "made"; readonly madeAt: number; readonly healsAt: number }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
