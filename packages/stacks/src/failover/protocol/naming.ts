import type { RegionIncarnation, Register } from "@chatops/runtime/contract"
import type { Supervisor } from "./supervisor.ts"

type Own = Pick<Supervisor, "self" | "data">

const incarnationOf = ({ data }: Own): string | null => (data.kind === "none" ? null : data.incarnation)

/** Whether the witness names this very directory primary. */
export const isNamed = (own: Own, register: Register): boolean =>
  register.primary === own.self && register.incarnation !== null && register.incarnation === incarnationOf(own)

export const isInSync = ({ inSync }: Register, { region, incarnation }: RegionIncarnation): boolean =>
  inSync?.region === region && inSync.incarnation === incarnation

/** Whether the witness lists this very directory as the one that holds everything acknowledged. */
export const isListed = (own: Own, { inSync }: Register): boolean =>
  inSync !== null && inSync.region === own.self && inSync.incarnation === incarnationOf(own)
