import { describe, expect, it } from 'vitest'
import { parseQuery } from './query.ts'

describe('strict query', () => {
  it('decodes each parameter once', () => {
    expect(parseQuery('limit=10&cursor=a%2Bb&empty=')).toEqual({ limit: '10', cursor: 'a+b', empty: '' })
    expect(parseQuery('')).toEqual({})
  })

  it('has no bracket notation and no repetition', () => {
    for (const query of ['limit[]=1', 'limit[a]=1', 'limit%5B%5D=1']) {
      expect(() => parseQuery(query)).toThrow('The query is not valid.')
    }
    for (const query of ['limit=1&limit=2', 'limit=&limit=2', 'limit&limit=2', 'limit=0&limit=2', 'limit=2&limit=']) {
      expect(() => parseQuery(query)).toThrow('The query has the same parameter twice.')
    }
  })

  it('refuses names that reach a prototype', () => {
    for (const query of ['__proto__[x]=1', '__proto__=1', 'constructor=1', 'a=1&prototype=2']) {
      expect(() => parseQuery(query)).toThrow('The query is not valid.')
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it('looks only at what is wanted, whatever else is there', () => {
    const wanted = new Set(['state'])
    const strange = ['_=1&_=2', 'a[]=1', '__proto__=1', 'constructor=1', '%zz=1', 'é', '&&', '=x', 'x=%ff']
    for (const query of strange) expect(parseQuery(`${query}&state=up`, wanted)).toEqual({ state: 'up' })
    expect(parseQuery(`${'a=1&'.repeat(500)}state=up`, wanted)).toEqual({ state: 'up' })
    expect(parseQuery('a=1', new Set())).toEqual({})
    for (const query of ['state=1&state=2', 'state=%ff']) expect(() => parseQuery(query, wanted)).toThrow()
    expect(() => parseQuery(`a=${'x'.repeat(4096)}`, wanted)).toThrow('The query is too long.')
  })

  it('is bounded', () => {
    expect(() => parseQuery(`a=${'x'.repeat(4096)}`)).toThrow('The query is too long.')
  })
})
