import { PlainToken } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyFaults } from '../../../test/contract/document.ts'
import { authorization, recentFile, secret } from '../../../test/domain-values.ts'
import { createdToken, recentFile as fileOnTheWire, listedToken, loggedIn } from './wire.ts'

const personal = fc.record({ authorization, token: secret.map((text) => new PlainToken(text)) })
const isMilliseconds = (value: number) => value % 1000 === 0

describe('a personal token on the wire', () => {
  it('is what the contract says when it is made, by whichever way', () => {
    fc.assert(
      fc.property(personal, (made) => {
        for (const operationId of ['insightCreateToken', 'insightCreateTokenByGet'] as const) {
          expect(bodyFaults(operationId, 200, createdToken(made))).toEqual([])
        }
        expect(createdToken(made).token).toBe(made.token.reveal())
      }),
    )
  })

  it('has its end as a date after a login, and one far away where it has none: typed clients cannot read null', () => {
    fc.assert(
      fc.property(personal, (made) => {
        const { expiresOn, token } = loggedIn(made)
        expect(bodyFaults('insightLogin', 200, loggedIn(made))).toEqual([])
        expect(token).toBe(made.token.reveal())
        const { expiresAt } = made.authorization
        const never = '9999-12-31T23:59:59.999Z'
        expect(expiresOn).toBe(expiresAt === undefined ? never : new Date(expiresAt * 1000).toISOString())
      }),
    )
  })

  it('is in a list what the contract says: dates in milliseconds, a mask, and no secret, digest or key of a retry', () => {
    fc.assert(
      fc.property(authorization, fc.constant('ada'), (given, username) => {
        const entry = listedToken(given, username)
        for (const operationId of ['insightListTokens', 'insightListTokensOfCaller'] as const) {
          expect(bodyFaults(operationId, 200, [entry, entry])).toEqual([])
        }
        expect([entry.created, entry.lastUsed].every(isMilliseconds)).toBe(true)
        expect(entry.created / 1000).toBe(given.createdAt)
        expect(entry.lastUsed / 1000).toBe(given.lastUsedAt ?? given.createdAt)
        expect([entry.uid, entry.apiToken]).toEqual([username, given.mask ?? ''])
        expect(Object.keys(entry)).toHaveLength(4)
      }),
    )
  })
})

it('a recent file on the wire is what the contract says, and the file when it is read back', () => {
  fc.assert(
    fc.property(recentFile, (given) => {
      const { timeStamp: seenAtMilliseconds, ...body } = fileOnTheWire(given)
      expect(bodyFaults('insightListRecentFiles', 200, [fileOnTheWire(given)])).toEqual([])
      expect({ ...body, seenAtMilliseconds }).toEqual(given)
    }),
  )
})
