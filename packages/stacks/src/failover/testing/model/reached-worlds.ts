import { movesOf } from "./explore.ts"
import type { World } from "./world.ts"

/** Every world that this one can come to, each once, by its text; calls `came` with each move's. */
export function reachedWorlds(from: World, came: (to: World, isNew: boolean) => void = () => undefined): World[] {
  const texts = new Set([JSON.stringify(from)])
  const worlds = [from]
  for (const world of worlds)
    for (const { to } of movesOf(world)) {
      const text = JSON.stringify(to)
      came(to, !texts.has(text))
      if (!texts.has(text)) worlds.push(to)
      texts.add(text)
    }
  return worlds
}
