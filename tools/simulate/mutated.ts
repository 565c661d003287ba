import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { type Mutant, mutants } from "./mutants.ts"

const failover = new URL("../../packages/stacks/src/failover/", import.meta.url).href
type Explorer = typeof import("../../packages/stacks/src/failover/testing/model/explore.ts")

/** The explorer over the protocol with one rule taken away. */
export function explorerOf(mutant: Mutant): Promise<Explorer> {
  return import(`${failover}testing/model/explore.ts?mutant=${mutants.indexOf(mutant)}`) as Promise<Explorer>
}

registerHooks({
  // Whatever a mutant's file imports belongs to the same mutant.
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const query = /\?mutant=\d+$/.exec(context.parentURL ?? "")?.[0]
    return query !== undefined && found.url.startsWith(failover) && !found.url.endsWith(query)
      ? { ...found, url: found.url + query }
      : found
  },
  load(url, context, next) {
    const [, file = "", number = ""] = /^(.*)\?mutant=(\d+)$/.exec(url) ?? []
    const mutant = mutants[Number(number)]
    if (file === "" || mutant === undefined || file !== failover + mutant.file) return next(url, context)
    return { ...next(url, context), source: mutated(readFileSync(fileURLToPath(file), "utf8"), mutant) }
  },
})

/** Throws when the text that the mutant changes is not there exactly once: the protocol has moved on. */
function mutated(source: string, { name, from, to }: Mutant): string {
  const pieces = source.split(from)
  if (pieces.length !== 2) throw new Error(`mutant "${name}": its text is there ${pieces.length - 1} times`)
  return pieces.join(to)
}
