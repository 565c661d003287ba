import type { Register } from "@chatops/runtime/contract"

/** What a region finds on its own disk. */
export type LocalData =
  | { readonly kind: "none" }
  | { readonly kind: "primary" | "standby"; readonly incarnation: string }

export type StartDecision =
  /** First start of the environment: create the database. */
  | { readonly action: "initialise" }
  /** Serve as the primary; `announce` when the register does not name the incarnation yet. */
  | { readonly action: "lead"; readonly announce: boolean }
  /** Copy the primary under a new incarnation, then follow it. */
  | { readonly action: "copy" }
  | { readonly action: "follow" }
  /** Stay closed, for a reason that a person has to see. */
  | { readonly action: "refuse"; readonly code: "DATABASE_LOST" | "REGION_SUPERSEDED"; readonly reason: string }

/** What a starting region does (rules 5 and 9). Local configuration is not asked; only the witness and the disk are. */
export function decideStart(self: string, register: Register, data: LocalData): StartDecision {
  return register.primary === self ? startAsPrimary(self, register, data) : startAsStandby(self, register, data)
}

function startAsPrimary(self: string, register: Register, data: LocalData): StartDecision {
  if (register.incarnation === null) {
    if (data.kind === "none") return { action: "initialise" }
    // A database that is there already comes from an interrupted first start. A standby's copy never does: then the
    // register has begun anew, and what the copy holds was acknowledged.
    if (data.kind === "primary") return { action: "lead", announce: true }
  }
  if (data.kind === "primary" && data.incarnation === register.incarnation) return { action: "lead", announce: false }
  const found = data.kind === "none" ? "no data" : `${data.kind} data of incarnation ${data.incarnation}`
  return {
    action: "refuse",
    code: "DATABASE_LOST",
    reason: `the witness names ${self} primary with incarnation ${register.incarnation ?? "none"}, but its disk holds ${found}`,
  }
}

function startAsStandby(self: string, register: Register, data: LocalData): StartDecision {
  if (data.kind === "none") return { action: "copy" }
  if (data.kind === "standby") return { action: "follow" }
  return {
    action: "refuse",
    code: "REGION_SUPERSEDED",
    reason: `${self} holds a former primary's data, and ${register.primary} is primary at epoch ${register.epoch}`,
  }
}
