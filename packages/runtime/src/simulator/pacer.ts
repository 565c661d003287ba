/** Calls many things back at their time with one timer, to the tick: thousands of streams cost one wake-up a tick. */
export interface Pacer {
  /** `at` in milliseconds of `performance.now()`. What is due already is called at the next tick. */
  schedule(at: number, call: (now: number) => void): void
}

/** `tick` in milliseconds. */
export function createPacer(tick = 4): Pacer {
  const due = new Map<number, ((now: number) => void)[]>()
  let timer: NodeJS.Timeout | undefined
  let handled = Math.floor(performance.now() / tick)

  function onTick() {
    const now = performance.now()
    const current = Math.floor(now / tick)
    for (; handled < current; handled += 1) {
      const calls = due.get(handled + 1)
      if (calls === undefined) continue
      due.delete(handled + 1)
      for (const call of calls) call(now)
    }
    if (due.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    schedule(at, call) {
      if (timer === undefined) {
        handled = Math.floor(performance.now() / tick)
        timer = setInterval(onTick, tick)
      }
      const slot = Math.max(Math.ceil(at / tick), handled + 2)
      const calls = due.get(slot)
      if (calls === undefined) due.set(slot, [call])
      else calls.push(call)
    },
  }
}
