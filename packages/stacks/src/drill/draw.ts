import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64"
import { mersenne } from "pure-rand/generator/mersenne"

/** Numbers drawn one after the other; the same seed gives the same ones on every machine. */
export interface Draw {
  /** In [0, 1). */
  uniform(): number
  /** Time to the next of events that come at random; not negative. */
  exponential(mean: number): number
  /** Number of trials up to the first success, of which there is one in `mean` on average; 1 at least. */
  geometric(mean: number): number
}

/** Draws by the Mersenne Twister, which makes something quite different of neighbouring seeds. Of a seed, 32 bits count. */
export function seededDraw(seed: number): Draw {
  const generator = mersenne(seed)
  const uniform = () => uniformFloat64(generator)
  /** In (0, 1], so that its logarithm is finite. */
  const positive = () => 1 - uniform()
  return {
    uniform,
    exponential: mean => -mean * Math.log(positive()) + 0,
    geometric: mean => (mean <= 1 ? 1 : 1 + Math.floor(Math.log(positive()) / Math.log1p(-1 / mean))),
  }
}
