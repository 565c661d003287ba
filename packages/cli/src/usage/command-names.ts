import { readFile } from "node:fs/promises"

/** Every command as it is typed, from oclif's manifest; none where there is no manifest. */
export async function commandNames(manifest: URL): Promise<readonly string[]> {
  const text = await readFile(manifest, "utf8").catch(() => undefined)
  if (text === undefined) return []
  return Object.keys(JSON.parse(text).commands).map(id => id.replaceAll(":", " "))
}
