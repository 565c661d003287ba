/** Milliseconds as drills record them: clocks and their differences have more digits than they know. */
export const toThousandth = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000
