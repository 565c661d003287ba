/** `0.87 s`, `240 ms`, `1 min 5 s`: as precise as it is read. The same everywhere: no language of the machine's. */
export function time(milliseconds: number): string {
  if (milliseconds < 1) return `${trim(milliseconds.toFixed(2))} ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 9_995) return `${(milliseconds / 1_000).toFixed(2)} s`
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1_000)
  const rest = seconds % 60
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`
}

/** A round time, as on an axis. */
export const tickTime = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${trimmed(milliseconds)} ms` : `${trimmed(milliseconds / 1_000)} s`

/** Without noise of the arithmetic. */
const trimmed = (value: number): string => String(Number(value.toFixed(3)))

/** Since the drill began. */
export const offset = (milliseconds: number): string => `+${(milliseconds / 1_000).toFixed(3)} s`

export const orNever = (milliseconds: number | null): string => (milliseconds === null ? "never" : time(milliseconds))

/** Thousands apart. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",")

export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `2026-03-01 10:00:15.120 UTC`. */
export const instant = (iso: string, after = 0): string =>
  new Date(Date.parse(iso) + after).toISOString().replace("T", " ").replace("Z", " UTC")

/** Without the day. */
export const clock = (iso: string, after: number): string => instant(iso, after).slice(11)

export function bytes(value: number): string {
  if (value < 2 ** 20) return `${Math.ceil(value / 2 ** 10)} KiB`
  return value < 2 ** 30 ? `${trim((value / 2 ** 20).toFixed(1))} MiB` : `${trim((value / 2 ** 30).toFixed(1))} GiB`
}

export const percent = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${trim(((part / whole) * 100).toFixed(2))} %`

const trim = (number: string): string => number.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")
