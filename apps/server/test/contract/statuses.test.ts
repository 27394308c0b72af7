import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../src/generated/index.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { operations } from './document.ts'
import { everyExercise } from './exercises/every.ts'
import type { Ask } from './exercises/exercise.ts'

let server: RecordedServer
let exercises: Readonly<Record<string, Readonly<Record<number, Ask>>>>
beforeAll(async () => {
  server = await startRecordedServer({
    flags: { 'required-factors-manager': 'password', 'max-personal-tokens': '100' },
  })
  exercises = await everyExercise(server)
})
afterAll(() => server.close())

const seen = new Set<string>()

describe.each(Object.values(routes))('$operationId', ({ operationId, statuses }) => {
  it.each([...statuses])('answers %s as the contract says', async (status) => {
    expect((await exercises[operationId]?.[status]?.())?.status).toBe(status)
    seen.add(`${operationId} ${status}`)
  })
})

it('answers 431 to too many header fields, whatever they ask for', async () => {
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-field-${n}`, 'x']))
  for (const { operationId, method, path } of operations) {
    const answer = await server.ask(method, path.replaceAll(/\{\w+\}/g, '0'), { headers: fields })
    expect({ operationId, status: answer.status }).toEqual({ operationId, status: 431 })
    seen.add(`${operationId} 431`)
  }
})

it('exercises every documented status of every operation, and no other', () => {
  const documented = operations.flatMap(({ operationId, responses }) =>
    [...responses.keys()].map((status) => `${operationId} ${status}`),
  )
  expect(documented.filter((answer) => !seen.has(answer))).toEqual([])
  expect([...server.exercised].filter((answer) => !documented.includes(answer))).toEqual([])
})
