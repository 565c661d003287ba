/** A region's clock: it counts from somewhere, too fast or too slow, and goes on while nothing else of the region does. */
export interface Clock {
  /** Milliseconds that it shows at the beginning. */
  readonly offset: number
  /** Of its milliseconds in a true one. */
  readonly rate: number
}

export const shownBy = ({ offset, rate }: Clock, now: number): number => offset + rate * now

/** True milliseconds until a timer fires that was set by this clock. */
export const trueLength = ({ rate }: Clock, milliseconds: number): number => milliseconds / rate
