/** One measured number; with a limit, it falls short when `value op limit.value` is false. */
export interface Figure {
  name: string
  value: number
  unit: string
  limit?: { op: "<=" | ">="; value: number }
}

export interface Benchmark {
  name: string
  description: string
  run(): Promise<Figure[]>
}
