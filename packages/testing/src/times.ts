import type { AdvancedTime, ManualTime } from '@countersign/server/testing'
import type { TestClock } from './surface.ts'
import { TestServerError } from './test-server-error.ts'

type Time = AdvancedTime | ManualTime

/** The time behind each test clock. */
export const times = new WeakMap<TestClock, Time>()

/** @throws TestServerError if `testClock` did not make it. */
export function timeOf(clock: TestClock): Time {
  const time = times.get(clock)
  if (!time) throw new TestServerError('startTestServer: clock is what testClock() returns')
  return time
}
