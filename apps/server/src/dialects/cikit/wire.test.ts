import type { Droplet } from '@countersign/resources'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyFaults } from '../../../test/contract/document.ts'
import { droplet as anyDroplet, user as anyUser, epochSeconds, tokenSet } from '../../../test/domain-values.ts'
import { code, listedDroplet, listedUser, onlyOwnerRevokesOthers, tokens, unsupportedGrant } from './wire.ts'

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

  it('is never made of anything else', () => {
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

  it('prints every time in words, also with a clock that was set back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 4_000_000_000 }), (seconds) => {
        expect(after(seconds).status).toMatch(/^Up (?:\d+ (?:second|minute|hour|day|week|month|year)s?|About an? \w+)$/)
      }),
    )
  })
})

describe('a droplet in the list', () => {
  it('is what the contract says, whatever it is, and has the names and ports that it has', () => {
    fc.assert(
      fc.property(anyDroplet, epochSeconds, (given, now) => {
        const entry = listedDroplet(given, now)
        for (const operationId of ['cikitListDroplets', 'cikitAddDroplet', 'cikitStopDroplet'] as const) {
          expect(bodyFaults(operationId, 200, [entry])).toEqual([])
        }
        const { id, name, ports } = given
        expect(entry).toMatchObject({ id, name, ports })
      }),
    )
  })
})

describe('a pair of tokens on the wire', () => {
  it('is what the contract says, its life in seconds, in the vendor’s order of members', () => {
    fc.assert(
      fc.property(tokenSet('hex', true), (set) => {
        const body = tokens(set)
        for (const operationId of ['cikitLogin', 'cikitRefresh'] as const) {
          expect(bodyFaults(operationId, 200, body)).toEqual([])
        }
        expect(Object.entries(body)).toEqual([
          ['token_type', 'Bearer'],
          ['expires_in', set.expiresInSeconds],
          ['access_token', set.accessToken.reveal()],
          ['refresh_token', set.refreshToken?.reveal()],
        ])
      }),
    )
  })
})

it('a user in the list is what the contract says, with the time in the vendor’s spelling and nothing that is secret', () => {
  fc.assert(
    fc.property(anyUser, (given) => {
      const user = listedUser(given)
      for (const operationId of ['cikitListUsers', 'cikitAddUser', 'cikitDeleteUser'] as const) {
        expect(bodyFaults(operationId, 200, [user])).toEqual([])
      }
      const { id, username, role } = given
      expect(user).toEqual({ _id: id, username, group: role, created: expect.any(String) })
      expect(Date.parse(user.created) / 1000).toBe(given.createdAt)
    }),
  )
})

it('a refusal on the wire is what the contract says', () => {
  fc.assert(
    fc.property(fc.anything(), (sent) => {
      expect(bodyFaults('cikitRefresh', 501, unsupportedGrant(sent))).toEqual([])
    }),
  )
  expect(bodyFaults('cikitRevokeAccess', 401, onlyOwnerRevokesOthers)).toEqual([])
})
