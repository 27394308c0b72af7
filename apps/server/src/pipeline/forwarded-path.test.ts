import { describe, expect, it } from 'vitest'
import { spellingsOf } from './forwarded-path.ts'

describe('the spellings of a path', () => {
  it.each([
    '/v1/users',
    '//v1/users',
    '///v1///users//',
    '/v1/./users',
    '/v1/x/../users',
    '/../v1/users',
    '/v1/%75sers',
    '/%76%31/users',
    '/v1/users/',
    '/v1/users/.',
    '/v1/users/x/..',
    '/v1/%2e/users',
    '/v1/x/%2E%2e/users',
    '/v1/users;v=1',
    '/v1;a/users;b=c',
    '/v1/..;/v1/users',
    '/v1/users?x=/../',
    '/v1/users#x',
    '/V1/Users/',
    'https://gateway.example//v1/users',
  ])('N-543 have the plain one: %s', (target) => {
    expect(spellingsOf(target)).toContain('/v1/users')
  })

  it('N-543 keep the path as it was sent, and escapes of what is not unreserved in upper case', () => {
    expect(spellingsOf('/a%3fb')).toEqual(['/a%3fb', '/a%3Fb'])
    expect(spellingsOf('/')).toEqual(['/'])
    expect(spellingsOf('https://gateway.example')).toEqual(['', '/'])
  })

  it.each([
    '/a%2fb',
    '/a%2Fb',
    '/a%2ffb',
    '/a%2FFb',
    '/a\\b',
    '/a%5cb',
    '/a%00',
    '/a%',
    '/a%zz',
    'v1/users',
    '*',
    'gateway.example:443',
  ])('N-543 are none where servers do not agree: %s', (target) => {
    expect(spellingsOf(target)).toBeUndefined()
  })
})
