import { AdvancedTime, ManualTime } from '@countersign/server/testing'
import type { TestClock, TestClockOptions } from './surface.ts'
import { TestServerError } from './test-server-error.ts'
import { times } from './times.ts'

/**
 * Makes a clock for one server, or for several that are to agree.
 *
 * @throws TestServerError if `standsAt` is not a valid date.
 *
 * @example
 * ```ts
 * import { startTestServer, testClock } from '@countersign/testing'
 *
 * const clock = testClock()
 * await using one = await startTestServer({ clock })
 * await using other = await startTestServer({ clock })
 * clock.advance(601)
 * console.log(one.clock.now() === other.clock.now())
 * ```
 */
export function testClock({ standsAt }: TestClockOptions = {}): TestClock {
  if (standsAt !== undefined && !(standsAt instanceof Date && Number.isFinite(standsAt.getTime())))
    throw new TestServerError('standsAt is a valid Date')
  const time = standsAt ? new ManualTime(standsAt.getTime()) : new AdvancedTime()
  const clock: TestClock = {
    now: () => time.now(),
    advance: (seconds) => {
      if (!(Number.isFinite(seconds) && seconds >= 0))
        throw new TestServerError('a clock advances by 0 seconds or more')
      time.advance(seconds)
    },
  }
  times.set(clock, time)
  return clock
}
