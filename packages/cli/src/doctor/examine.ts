import type { Finding } from "../results/doctor.ts"
import type { Check } from "./check.ts"

/** Looks at one thing, mends it when that is asked for and possible, and looks again. A fix that fails is a finding. */
export async function examine(check: Check, fix: boolean, progress: (text: string) => void): Promise<Finding> {
  const found = await check.look()
  if (found.state === "ok" || !fix || !check.fix) return { name: check.name, ...found }
  try {
    await check.fix(progress)
  } catch (error) {
    return { name: check.name, ...found, detail: `could not be mended: ${(error as Error).message}` }
  }
  return { name: check.name, ...(await check.look()) }
}
