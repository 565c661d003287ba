import type { Turn } from "../../conversation/turn.ts"
import { ClientGone, ResponseCancelled } from "../client-signal.ts"
import type { Services } from "../services.ts"

export function countTurn({ metrics }: Pick<Services, "metrics">, turn: Turn): void {
  metrics.turn("completed", turn.usage)
}

export function countFailure({ metrics }: Pick<Services, "metrics">, error: unknown): void {
  metrics.turn(error instanceof ClientGone || error instanceof ResponseCancelled ? "cancelled" : "failed")
}
