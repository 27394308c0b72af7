import { describe, expect, it } from 'vitest'
import { typedContract } from '../generate/typed.ts'

const found = {
  description: 'What is known.',
  type: 'object',
  required: ['active'],
  if: { properties: { active: { type: 'boolean', const: true } } },
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema.
  then: { required: ['sub'] },
  else: { maxProperties: 1 },
  properties: { active: { type: 'boolean' }, sub: { type: 'string' }, exp: { type: 'integer' } },
}

describe('the contract that the types are made from', () => {
  it('has both sorts of what a boolean divides', () => {
    expect(typedContract({ components: { schemas: { Found: found } } })).toEqual({
      components: {
        schemas: {
          Found: {
            description: 'What is known.',
            oneOf: [
              {
                type: 'object',
                required: ['active', 'sub'],
                properties: { ...found.properties, active: { type: 'boolean', const: true } },
              },
              {
                type: 'object',
                additionalProperties: false,
                required: ['active'],
                properties: { active: { type: 'boolean', const: false } },
              },
            ],
          },
        },
      },
    })
  })

  it.each([
    ['a condition on a text', { ...found, if: { properties: { sub: { type: 'string', const: 'a' } } } }],
    ['a condition on two members', { ...found, if: { properties: { active: { const: true }, exp: { const: 1 } } } }],
    ['a condition that leaves more than is required', { ...found, else: { maxProperties: 2 } }],
    ['a condition without another case', { ...found, else: undefined }],
  ])('leaves %s as it is', (_what, schema) => {
    expect(typedContract({ schema })).toEqual({ schema })
  })

  it('leaves out answers to what was never read', () => {
    const responses = { Late: { description: 'Late.' }, Unread: { description: 'Unread.', 'x-unread': true } }
    const operation = {
      responses: {
        431: { $ref: '#/components/responses/Unread' },
        503: { $ref: '#/components/responses/Late' },
      },
    }
    expect(typedContract({ paths: { '/a': { get: operation } }, components: { responses } })).toEqual({
      paths: { '/a': { get: { responses: { 503: { $ref: '#/components/responses/Late' } } } } },
      components: { responses: { Late: { description: 'Late.' } } },
    })
  })
})
