/** A file that an entry brings into the ledger, such as evidence. Never holds a secret. */
export interface LedgerFile {
  /** In the ledger's tree, with `/` between its parts; not below `operations/`, which holds the records. */
  readonly path: string
  readonly content: Buffer
}

/** @throws {TypeError} for a path that is no place for a file, or is named twice: a mistake of whoever calls */
export function checkFiles(files: readonly LedgerFile[]): void {
  const paths = files.map(({ path }) => path)
  const wrong = paths.find((path, index) => !isPlace(path) || paths.indexOf(path) !== index)
  if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is no place for one file in the ledger`)
}

/** Names that every file system and every git takes. */
function isPlace(path: string): boolean {
  const parts = path.split("/")
  return parts[0] !== "operations" && parts.every(part => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part))
}
