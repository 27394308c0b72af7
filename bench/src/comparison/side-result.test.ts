import { describe, expect, it } from 'vitest'
import { median, percentile, summarize } from './side-result.ts'

const slice = (latencies: readonly number[], failures = 0) => ({
  answers: latencies.length,
  failures,
  firstFailure: failures > 0 ? '500' : undefined,
  seconds: 2,
  latenciesMilliseconds: Float32Array.from(latencies),
  latenessMilliseconds: new Float32Array(),
  cpuSeconds: 0.5,
})

describe('the result of a side', () => {
  it('takes percentiles over all of its slices', () => {
    const slow = slice([100])
    const fast = slice(Array.from({ length: 99 }, (_, i) => i + 1))
    const result = summarize([
      { slice: fast, cpuSeconds: 1 },
      { slice: slow, cpuSeconds: 1 },
    ])
    expect(result).toMatchObject({ answers: 100, requestsPerSecond: 25, p50Milliseconds: 50, p99Milliseconds: 99 })
    expect(result).toMatchObject({ cpuMicrosecondsPerRequest: 20_000, generatorBusy: 0.25, failures: 0 })
  })

  it('keeps the first failure', () => {
    const result = summarize([
      { slice: slice([1]), cpuSeconds: 1 },
      { slice: slice([1, 1], 2), cpuSeconds: 1 },
    ])
    expect(result).toMatchObject({ failures: 2, firstFailure: '500' })
  })

  it('says nothing about CPU time where the system does not', () => {
    expect(summarize([{ slice: slice([1]), cpuSeconds: undefined }]).cpuMicrosecondsPerRequest).toBeNull()
  })

  it('knows percentile and median by the nearest rank', () => {
    expect(percentile(Float32Array.of(1, 2, 3, 4), 0.5)).toBe(2)
    expect(percentile(Float32Array.of(1, 2, 3, 4), 1)).toBe(4)
    expect(median([3, 1, 2])).toBe(2)
  })
})
