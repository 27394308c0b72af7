import { usualCaseNames } from '../comparison/bench-case.ts'
import { type BenchmarkOptions, type BenchmarkResult, runBenchmark } from '../comparison/benchmark.ts'
import { type Growth, type GrowthOptions, measureGrowth } from './growth.ts'

export interface SizingFigures {
  readonly speed: BenchmarkResult
  readonly growth: readonly Growth[]
}

/** What docs/sizing.md says: speed, memory, and what the database grows by. */
export async function measureSizing(options: Omit<BenchmarkOptions, 'cases'> & GrowthOptions): Promise<SizingFigures> {
  const growth = await measureGrowth(options)
  const speed = await runBenchmark({ ...options, cases: usualCaseNames })
  return { speed, growth }
}
