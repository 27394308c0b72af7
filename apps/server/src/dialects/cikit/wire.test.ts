import type { Droplet } from '@countersign/resources'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { code, listedDroplet, listedUser, unsupportedGrant } from './wire.ts'

const droplet: Droplet = {
  id: '7e16c2cb0bf6',
  number: 3,
  name: 'cikit01',
  state: 'active',
  creator: 'ada',
  createdAt: 1_800_000_000,
  changedAt: 1_800_000_000,
  ports: { 22: { type: 'tcp', from: { ip: '0.0.0.0', port: 32_768 } } },
}

describe('a code on the wire', () => {
  it('is the same as a string and as a number, leading zeros or not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
        const text = String(number).padStart(6, '0')
        expect([code(number), code(text)]).toEqual([text, text])
      }),
    )
  })

  it('N-035 is never made of anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (sent) => {
        const isNumber = typeof sent === 'number' && Number.isInteger(sent) && sent >= 0 && sent < 1_000_000
        if (typeof sent === 'string' || sent === null || isNumber) return
        expect(code(sent)).toBe('')
      }),
    )
  })

  it('is missing where nothing was sent, or nothing in it', () => {
    expect([undefined, null, ''].map(code)).toEqual([undefined, undefined, undefined])
    expect(code(0)).toBe('000000')
  })
})

describe('a refused grant', () => {
  it.each([
    ['password', 'Unsupported grant type: password'],
    [undefined, 'Unsupported grant type: undefined'],
    [['refresh_token'], 'Unsupported grant type: object'],
  ])('is named: %j', (sent, error) => {
    expect(unsupportedGrant(sent)).toEqual({ error, errorId: 0 })
  })

  it('is never longer than a line, whatever was sent', () => {
    fc.assert(
      fc.property(fc.anything(), (sent) => {
        expect(unsupportedGrant(sent).error.length).toBeLessThan(100)
      }),
    )
  })
})

describe('a droplet on the wire', () => {
  const after = (seconds: number, state: Droplet['state'] = 'active') =>
    listedDroplet({ ...droplet, state, ports: state === 'active' ? droplet.ports : {} }, droplet.changedAt + seconds)

  it('has its state in Docker’s words', () => {
    expect(after(5)).toEqual({
      id: '7e16c2cb0bf6',
      name: 'cikit01',
      created: '5 seconds ago',
      status: 'Up 5 seconds',
      ports: { 22: { type: 'tcp', from: { ip: '0.0.0.0', port: 32_768 } } },
    })
    expect(after(5, 'stopped')).toMatchObject({ status: 'Exited (0) 5 seconds ago', ports: {} })
  })

  it.each([
    [0, 'Up 1 second'],
    [59, 'Up 59 seconds'],
    [60, 'Up About a minute'],
    [120, 'Up 2 minutes'],
    [3599, 'Up 59 minutes'],
    [3600, 'Up About an hour'],
    [2 * 3600, 'Up 2 hours'],
    [47 * 3600, 'Up 47 hours'],
    [48 * 3600, 'Up 2 days'],
    [14 * 86_400, 'Up 2 weeks'],
    [60 * 86_400, 'Up 2 months'],
    [730 * 86_400, 'Up 2 years'],
  ])('tells %i seconds as Docker does: %s', (seconds, status) => {
    expect(after(seconds).status).toBe(status)
  })

  it('tells every time in words, a clock that was set back too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 4_000_000_000 }), (seconds) => {
        expect(after(seconds).status).toMatch(/^Up (?:\d+ (?:second|minute|hour|day|week|month|year)s?|About an? \w+)$/)
      }),
    )
  })
})

it('keeps every member of a person, its time in the vendor’s spelling', () => {
  const { id, username, role } = { id: '0068f2a0f55a1c0b9e8d7c', username: 'BR0kEN', role: 'owner' } as const
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8_000_000_000 }), (createdAt) => {
      const user = listedUser({
        id,
        username,
        role,
        canonicalName: 'br0ken',
        requiredFactors: ['totp'],
        passwordHash: undefined,
        createdAt,
        disabledAt: undefined,
        sessionsEpoch: 0,
        personalEpoch: 0,
      })
      expect(user).toEqual({ _id: id, username, group: role, created: expect.any(String) })
      expect(Date.parse(user.created) / 1000).toBe(createdAt)
    }),
  )
})
