import { uptime } from "node:os"

/**
 * Milliseconds since it was started, by clocks that nobody sets: on Linux `performance.now` stands still while the machine
 * is suspended, and `os.uptime` does not, but goes in steps of 10 ms.
 */
export function stopwatch(): () => number {
  const [awake, booted] = [performance.now(), uptime()]
  return () => Math.max(performance.now() - awake, (uptime() - booted) * 1_000)
}
