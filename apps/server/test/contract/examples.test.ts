import { compiledContract } from '@countersign/spec/compiled'
import { describe, expect, it } from 'vitest'
import { shapesOf } from '../../src/http/contract/validate.ts'
import { examplesOf, faultsOf, operations } from './document.ts'

const shapes = shapesOf(compiledContract)

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

describe('examples in the contract', () => {
  const bodies = operations.flatMap(({ operationId, parameters, body }) =>
    Object.entries(body).flatMap(([mediaType, media]) =>
      examplesOf(media).map((example, at) => ({ operationId, parameters, mediaType, example, at })),
    ),
  )

  it.each(bodies)('of the body of $operationId, $at, are accepted by its own validator', ({ operationId, ...sent }) => {
    const inPath = sent.parameters.filter((parameter) => parameter.in === 'path')
    const outcome = shapes.get(operationId)?.check({
      params: Object.fromEntries(inPath.map(({ name, example }) => [name, text(example)])),
      query: {},
      headers: {},
      body: structuredClone(sent.example),
      mediaType: sent.mediaType,
    })
    expect(outcome).toMatchObject({ ok: true })
  })

  it.each(operations.filter(({ parameters }) => parameters.length > 0))(
    'of the parameters of $operationId are accepted by its own validator',
    ({ operationId, parameters, body }) => {
      const at = (place: string) => {
        const there = parameters.filter((parameter) => parameter.in === place)
        return Object.fromEntries(there.map(({ name, example }) => [name, text(example)]))
      }
      const headers = Object.fromEntries(
        Object.entries(at('header')).map(([name, value]) => [name.toLowerCase(), value]),
      )
      const [media] = Object.entries(body)
      const outcome = shapes.get(operationId)?.check({
        params: at('path'),
        query: at('query'),
        headers,
        ...(media ? { body: structuredClone(examplesOf(media[1])[0]), mediaType: media[0] } : {}),
      })
      expect(outcome).toMatchObject({ ok: true })
      for (const { example } of parameters) expect(example).toBeDefined()
    },
  )

  const answers = operations.flatMap(({ operationId, responses }) =>
    [...responses].flatMap(([status, { content, headers }]) => ({ operationId, status, content, headers })),
  )

  it.each(answers)('of the answer $status of $operationId match their schemas', ({ content, headers }) => {
    for (const media of Object.values(content)) {
      expect(examplesOf(media)).not.toEqual([])
      for (const example of examplesOf(media)) expect(faultsOf(media.schema, example)).toEqual([])
    }
    for (const { schema, example } of Object.values(headers)) {
      expect(example).toBeDefined()
      expect(faultsOf(schema, example)).toEqual([])
    }
  })
})
