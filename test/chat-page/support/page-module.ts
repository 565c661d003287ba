/** Loads a module of the page into Node; only those that touch no browser when loaded. */
export async function pageModule<T>(name: string): Promise<T> {
  return (await import(new URL(`../../../packages/runtime/src/web/assets/${name}`, import.meta.url).href)) as T
}
