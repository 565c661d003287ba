import { isDeepStrictEqual } from "node:util"
import type { DrillHistory } from "./drill-history.ts"
import type { Violation } from "./judge-history.ts"

/**
 * - `register-went-back`: its version or its epoch was seen to be lower than before
 * - `register-changed`: it was seen to be another under the same version, or with another primary in the same epoch
 */
export function* registerViolations({ registers }: DrillHistory): Generator<Violation> {
  for (const [index, { register, at }] of registers.entries()) {
    const former = registers[index - 1]?.register
    if (former === undefined) continue
    const seen = `epoch ${register.epoch}, version ${register.version}`
    const detail = `${seen}, after epoch ${former.epoch}, version ${former.version}`
    if (register.version < former.version || register.epoch < former.epoch)
      yield { rule: "register-went-back", at, detail }
    else if (register.version === former.version && !isDeepStrictEqual(register, former))
      yield { rule: "register-changed", at, detail: `${detail} with other content` }
    else if (register.epoch === former.epoch && register.primary !== former.primary)
      yield { rule: "register-changed", at, detail: `${detail} with another primary` }
  }
}
