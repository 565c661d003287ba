/** Property bag as the engine passes it: plain JSON. */
export type Properties = Readonly<Record<string, unknown>>

export interface Difference {
  /** Empty: nothing to do. Each says, for a person, what is different and why it matters. */
  readonly reasons: readonly string[]
  /** Properties whose change needs a new resource instead of an update. */
  readonly replaces?: readonly string[]
}

/**
 * How one type of resource is made, compared and removed. Every call may be repeated after a crash:
 * `create` adopts what an interrupted one left behind.
 */
export interface ResourceHandler {
  create(urn: string, inputs: Properties, signal: AbortSignal): Promise<{ id: string; outputs: Properties }>
  /** Compares the wanted inputs with what is *really there*, so that a preview shows drift without a refresh. */
  diff(id: string, outputs: Properties, inputs: Properties): Promise<Difference>
  update(id: string, outputs: Properties, inputs: Properties, signal: AbortSignal): Promise<Properties>
  delete(id: string, outputs: Properties, signal: AbortSignal): Promise<void>
}
