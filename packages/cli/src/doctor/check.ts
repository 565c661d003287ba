import type { Finding } from "../results/doctor.ts"

/** One thing that has to be right on this machine. */
export interface Check {
  readonly name: string
  look(): Promise<Omit<Finding, "name">>
  /** Mends what `look` found; absent where only a person can. */
  fix?(progress: (text: string) => void): Promise<void>
}
