import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/**
 * Does the work only when one of its input files is another than last time, or one of the files that it makes is gone.
 * Paths are relative to `home`.
 */
export async function unlessDone({ home, name, title, inputs, outputs }, work) {
  const stamps = join(home, "node_modules", ".chatops")
  const stampFile = join(stamps, name)
  const stamp = fingerprint(home, inputs)
  const isDone = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp
  if (isDone && outputs.every(file => existsSync(join(home, file)))) return
  const began = Date.now()
  process.stdout.write(`${title} … `)
  await work()
  process.stdout.write(`done (${((Date.now() - began) / 1000).toFixed(1)} s)\n`)
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stampFile, stamp)
}

function fingerprint(home, files) {
  const hash = createHash("sha256").update(process.platform + process.arch)
  for (const file of files) hash.update(file).update(readFileSync(join(home, file)))
  return hash.digest("hex")
}
