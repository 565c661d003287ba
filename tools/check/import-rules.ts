import { posix } from "node:path"

interface ImportRule {
  /** Files that it speaks of, by the beginning of their path. */
  readonly in: string
  /** Files within those that it does not speak of. */
  readonly except?: string
  readonly forbidden: RegExp
  readonly why: string
}

/** Imports go cli → stacks → runtime/contract, and never back; each foreign library has one place. */
const rules: readonly ImportRule[] = [
  {
    in: "packages/runtime/src/",
    forbidden: /^(@chatops\/stacks|chatops)(\/|$)|^@pulumi\//,
    why: "the runtime knows nothing of what deploys it",
  },
  {
    in: "packages/runtime/src/contract/",
    forbidden: /^\.\.\//,
    why: "the contract is all that others know of the runtime",
  },
  {
    in: "packages/stacks/src/",
    // Programs of the runtime are started, not imported: their paths may be asked for.
    forbidden: /^chatops(\/|$)|^@chatops\/runtime(?!\/(contract$|bundle\/))/,
    why: "stacks know of the runtime's contract and programs only, and nothing of the command line",
  },
  {
    in: "packages/stacks/src/failover/",
    forbidden: /^node:|(^|\/)targets\//,
    why: "what decides who may be primary does nothing: the search runs the same code as the real processes",
  },
  {
    in: "packages/cli/src/",
    except: "packages/cli/src/engine/",
    forbidden: /^@pulumi\//,
    why: "only packages/cli/src/engine/ drives Pulumi",
  },
  {
    in: "packages/cli/src/",
    except: "packages/cli/src/ledger/",
    forbidden: /^simple-git(\/|$)/,
    why: "only packages/cli/src/ledger/ works with repositories",
  },
]

/** What a file imports and may not, one line each. `file` is relative to the repository, with `/` between its parts. */
export function forbiddenImports(file: string, modules: readonly string[]): string[] {
  const due = rules.filter(rule => file.startsWith(rule.in) && !(rule.except && file.startsWith(rule.except)))
  return modules.flatMap(module => [
    ...due.filter(({ forbidden }) => forbidden.test(module)).map(({ why }) => `${file}: ${module}: ${why}`),
    ...(leavesPackage(file, module) ? [`${file}: ${module}: another package is imported by its name`] : []),
  ])
}

/** Package exports guard what is imported by name; a relative path would walk around them. */
function leavesPackage(file: string, module: string): boolean {
  if (!module.startsWith(".")) return false
  const home = file.split("/").slice(0, 2).join("/")
  return !posix.join(posix.dirname(file), module).startsWith(`${home}/`)
}
