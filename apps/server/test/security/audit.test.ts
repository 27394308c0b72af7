import {
  changesState,
  endsSomething,
  failStep,
  isFed,
  isToldOnce,
  type ObservedUnit,
  observeUnits,
} from '@countersign/store/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type ExercisedServer,
  type Success,
  startExercisedServer,
  succeed,
  successes,
} from '../contract/exercises/success.ts'
import type { Answer } from '../contract/recorder.ts'
import { refuseWrite } from '../refused-write.ts'

let observer: ReturnType<typeof observeUnits>
/** One whose trail is whole, and one whose trail is cut now and then. Each answer is exercised once in each. */
let whole: ExercisedServer
let cut: ExercisedServer
beforeAll(async () => {
  // What comes round by itself would come in between.
  vi.useFakeTimers({ toFake: ['setInterval'] })
  observer = observeUnits()
  whole = await startExercisedServer()
  cut = await startExercisedServer()
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
async function exercise(server: ExercisedServer, success: Success, around: Around = (send) => send()): Promise<Done> {
  const units: (readonly ObservedUnit[])[] = []
  // Or a droplet that is named at random may be given a name that is taken, and then takes a unit more.
  server.server.sql("UPDATE droplets SET name = 'exercised-' || number")
  const answer = await succeed(server, success, async (send) => {
    observer.clear()
    const answer = await around(send)
    units.push([...observer.units])
    return answer
  })
  return { answer, units: units[0] ?? [] }
}

type Around = Parameters<typeof succeed>[2] & object

/** While nothing can be written to the trail. */
async function withoutTrail(send: () => Promise<Answer>): Promise<Answer> {
  using _audit = refuseWrite(cut.server, { on: 'insert', table: 'audit' })
  using _rotations = refuseWrite(cut.server, { on: 'insert', table: 'rotations' })
  return await send()
}

/** Wherever the disk fails on the way, the answer is 503 and nothing was changed (N-069, N-225). */
async function expectWholeOrNot(success: Success): Promise<void> {
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
  expect(steps.filter((step) => step !== 'release unit').slice(-2)).toEqual(['insert into', 'commit'])
}

const recording = new Set<string>()
const ending = new Set<string>()

describe.each(successes)('$operationId, answering $status', (success) => {
  it('N-211 N-213 N-225 writes a row for each change, in its commit, and changes nothing where either fails', async () => {
    const failed = await exercise(cut, success, withoutTrail)
    const { answer, units } = await exercise(whole, success)
    expect(answer.status).toBe(success.status)
    expect(units.filter((unit) => !isToldOnce(unit))).toEqual([])
    expect(units.filter((unit) => !isFed(unit))).toEqual([])
    if (units.some(endsSomething)) ending.add(success.operationId)
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

it('has seen operations that end something, each with an entry of the revocation feed in its commit', () => {
  expect(ending.size).toBeGreaterThan(15)
})
