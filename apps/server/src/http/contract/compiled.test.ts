// The validators that were compiled ahead of time judge as those do that are compiled now, of the contract as it is.
import { type CompiledParameter, compiledContract } from '@countersign/spec/compiled'
import { compileContract } from '@countersign/spec/compiler'
import contract from '@countersign/spec/openapi.json' with { type: 'json' }
import { describe, expect, it } from 'vitest'
import { examplesOf, operations, type Parameter } from '../../../test/contract/document.ts'
import { atLimits } from '../../../test/contract/limits.ts'
import { type ShapeRequest, shapesOf } from './validate.ts'

const ahead = shapesOf(compiledContract)
const fresh = compileContract(contract).contract
const now = shapesOf(fresh)

const hostile: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e30,
  '',
  'a',
  '12',
  '0x10',
  'é'.repeat(2_000),
  '💥'.repeat(64),
  [],
  ['a', 'a'],
  [1],
  {},
  { a: 1 },
]

/** A value, and what becomes of it if each of its parts is missing, or is something else. */
function* variants(value: unknown, depth = 3): Generator<unknown> {
  yield value
  yield* hostile
  if (typeof value !== 'object' || value === null || depth === 0) return
  if (Array.isArray(value)) {
    for (const item of variants(value[0], depth - 1)) yield [item]
    yield [...value, ...value]
    return
  }
  yield { ...value, stranger: 'x' }
  for (const [name, member] of Object.entries(value)) {
    const { [name]: _gone, ...rest } = value as Record<string, unknown>
    yield rest
    for (const other of variants(member, depth - 1)) yield { ...value, [name]: other }
  }
}

const placeOf = (location: CompiledParameter['in']) =>
  location === 'path' ? 'params' : location === 'query' ? 'query' : 'headers'

/** Requests whose parameters are right, or one of which is not. */
function* requestsFor(parameters: readonly CompiledParameter[], given: ShapeRequest): Generator<ShapeRequest> {
  yield given
  yield { ...given, query: { ...given.query, stranger: 'x' } }
  for (const { name, in: location } of parameters) {
    const place = placeOf(location)
    const { [name]: _gone, ...rest } = given[place]
    yield { ...given, [place]: rest }
    for (const text of hostile) {
      if (typeof text === 'string') yield { ...given, [place]: { ...given[place], [name]: text } }
    }
  }
}

/** Requests of which one parameter is at a limit of its schema, or beyond it. */
function* requestsAtLimits(parameters: readonly Parameter[], given: ShapeRequest): Generator<ShapeRequest> {
  for (const { name, in: location, schema, example } of parameters) {
    const place = placeOf(location)
    const known = location === 'header' ? name.toLowerCase() : name
    for (const value of atLimits(schema, example)) {
      yield { ...given, [place]: { ...given[place], [known]: text(value) } }
    }
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

describe('validators that were compiled ahead of time', () => {
  it('are those of every operation', () => {
    expect([...ahead.keys()].sort()).toEqual(operations.map(({ operationId }) => operationId).sort())
  })

  it.each(operations)('$operationId: judges as the contract does', ({ operationId, parameters, body }) => {
    const [one, other] = [ahead.get(operationId), now.get(operationId)]
    const outcomes = { accepted: 0, refused: 0 }
    const compare = (request: ShapeRequest) => {
      const judged = one?.check(structuredClone(request))
      expect(judged).toEqual(other?.check(structuredClone(request)))
      outcomes[judged?.ok ? 'accepted' : 'refused']++
    }
    const at = (place: string) =>
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === place)
          .map(({ name, example }) => [place === 'header' ? name.toLowerCase() : name, text(example)]),
      )
    const given = { params: at('path'), query: at('query'), headers: at('header') }
    const bodies = Object.entries(body).flatMap(([mediaType, media]) =>
      examplesOf(media).map((example) => ({ ...given, mediaType, body: example, schema: media.schema })),
    )
    for (const { schema, ...request } of bodies) {
      for (const changed of variants(request.body)) compare({ ...request, body: changed })
      for (const changed of atLimits(schema, request.body)) compare({ ...request, body: changed })
    }
    const [whole = given] = bodies
    for (const request of requestsFor(fresh.operations[operationId]?.parameters ?? [], whole)) compare(request)
    for (const request of requestsAtLimits(parameters, whole)) compare(request)
    expect(outcomes.accepted).toBeGreaterThan(0)
    // Only an operation without any parameter that ignores others refuses nothing.
    expect(outcomes.refused > 0 || fresh.operations[operationId]?.ignoresOtherQuery).toBe(true)
  })

  it('come with the same facts about each operation', () => {
    const facts = (of: typeof compiledContract) => JSON.parse(JSON.stringify(of))
    expect(facts(compiledContract)).toEqual(facts(fresh))
  })
})
