/** Places on an axis, in pixels. */
export interface Scale {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
  /** Values beyond the axis are put at its ends. */
  at(value: number): number
}

export function scale(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1
  const at = (value: number) => tidy(start + (Math.min(Math.max(value, from), to) - from) * ((end - start) / span))
  return { from, to, start, end, at }
}

/** Round values along an axis, about so many. */
export function ticks({ from, to }: Pick<Scale, "from" | "to">, about: number): number[] {
  const step = roundStep((to - from) / about)
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step)
}

/** The smallest of 1, 2, 5, 10, 20 … that is not below. */
export function roundStep(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)))
  return magnitude * ([1, 2, 5, 10].find(factor => factor * magnitude >= least * 0.999_999) ?? 10)
}

/** A tenth of a pixel is enough. */
export const tidy = (pixels: number): number => Math.round(pixels * 10) / 10
