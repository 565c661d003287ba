import type { KeyPath } from "./finding.ts"

/** Options that the design has and this version does not, so that their refusal says why and not just “unknown”. */
const keys: Readonly<Record<string, string>> = {
  image: "`image` comes with the kubernetes target and is not built yet",
  state: "`state` comes with the kubernetes target and is not built yet",
}

const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  target: {
    kubernetes: "the `kubernetes` target is not built yet",
    gcp: "the `gcp` target is not built yet",
    azure: "the `azure` target is not built yet",
    aws: "the `aws` target is not built yet",
  },
}

export function keyNotBuiltYet(path: KeyPath): string | undefined {
  return inEnvironment(path) ? own(keys, path[2]) : undefined
}

export function valueNotBuiltYet(path: KeyPath, value: unknown): string | undefined {
  return inEnvironment(path) && typeof value === "string" ? own(own(values, path[2]) ?? {}, value) : undefined
}

/** `environments.<name>.<key>` */
function inEnvironment(path: KeyPath): boolean {
  return path.length === 3 && path[0] === "environments"
}

function own<T>(table: Readonly<Record<string, T>>, key: string | number | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined
}
