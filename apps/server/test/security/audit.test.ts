import { changesState, failStep, isToldOnce, type ObservedUnit, observeUnits } from '@countersign/store/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { routes } from '../../src/generated/index.ts'
import { everyExercise } from '../contract/exercises/every.ts'
import type { Ask } from '../contract/exercises/exercise.ts'
import { type Answer, operationAt } from '../contract/recorder.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'

/** The answers of success, each with a way to it. */
const successes = Object.values(routes).flatMap(({ operationId, statuses }) =>
  statuses.filter((status) => status < 300).map((status) => ({ operationId, status })),
)

interface House {
  readonly server: RecordedServer
  readonly exercises: Readonly<Record<string, Readonly<Record<number, Ask>>>>
}

let observer: ReturnType<typeof observeUnits>
/** One whose trail is whole, and one whose trail is cut now and then. Each answer is exercised once in each. */
let whole: House
let cut: House
const openHouse = async (): Promise<House> => {
  const server = await startRecordedServer()
  return { server, exercises: await everyExercise(server) }
}
beforeAll(async () => {
  // What comes round by itself would come in between.
  vi.useFakeTimers({ toFake: ['setInterval'] })
  observer = observeUnits()
  whole = await openHouse()
  cut = await openHouse()
})
afterAll(async () => {
  await Promise.all([whole.server.close(), cut.server.close()])
  observer[Symbol.dispose]()
  vi.useRealTimers()
})

interface Done {
  readonly answer: Answer
  readonly units: readonly ObservedUnit[]
}

/** Exercises an answer, and tells what its own request did, without those that prepare it. */
async function exercise(
  { server, exercises }: House,
  { operationId, status }: (typeof successes)[number],
  around: (send: () => Promise<Answer>) => Promise<Answer> = (send) => send(),
): Promise<Done> {
  const seen: Done[] = []
  server.around = async (method, path, send) => {
    if (operationAt(method, path)?.operationId !== operationId) return send()
    observer.clear()
    const answer = await around(send)
    seen.push({ answer, units: [...observer.units] })
    return answer
  }
  await exercises[operationId]?.[status]?.()
  const [done] = seen
  if (!done) throw new Error(`${operationId} was not asked`)
  return done
}

/** While nothing can be written to the trail. */
async function withoutTrail(send: () => Promise<Answer>): Promise<Answer> {
  cut.server.sql("CREATE TRIGGER fault BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no space'); END")
  try {
    return await send()
  } finally {
    cut.server.sql('DROP TRIGGER fault')
  }
}

/** Wherever the disk fails on the way, the answer is 503 and nothing was changed (N-069, N-225). */
async function expectWholeOrNot(success: (typeof successes)[number]): Promise<void> {
  const steps: string[] = []
  for (let number = 1; ; number++) {
    let fault: ReturnType<typeof failStep> | undefined
    const { answer, units } = await exercise(cut, success, async (send) => {
      // Only the first time: some exercises undo what they did.
      if (fault) return send()
      using here = failStep(number)
      fault = here
      return await send()
    })
    const failed = fault?.failed
    if (failed === undefined) break
    steps.push(failed)
    expect({ number, failed, status: answer.status }).toEqual({ number, failed, status: 503 })
    expect(units.filter(changesState)).toEqual([])
  }
  // The row in the trail is written before the commit that the answer waits for.
  expect(steps.slice(-3)).toEqual(['insert into', 'release unit', 'commit'])
}

const recording = new Set<string>()

describe.each(successes)('$operationId, answering $status', (success) => {
  it('N-211 N-213 N-225 writes a row for each change, in its commit, and changes nothing where either fails', async () => {
    const failed = await exercise(cut, success, withoutTrail)
    const { answer, units } = await exercise(whole, success)
    expect(answer.status).toBe(success.status)
    expect(units.filter((unit) => !isToldOnce(unit))).toEqual([])
    const recorded = units.some(({ audited }) => audited > 0)
    if (recorded) recording.add(success.operationId)
    if (units.length === 1 && units.every(changesState)) await expectWholeOrNot(success)
    expect(failed.answer.status).toBe(recorded ? 503 : success.status)
    expect(failed.units.filter(changesState)).toEqual([])
  })
})

it('N-213 has seen what it looks for: most operations that change something were among them', () => {
  expect(recording.size).toBeGreaterThan(40)
})
