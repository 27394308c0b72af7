import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyFaults } from '../../../test/contract/document.ts'
import { epochSeconds, tokenSet } from '../../../test/domain-values.ts'
import { issuedToken, presentedKey, type SecondsForm, tokenState } from './wire.ts'

const form = fc.constantFrom<SecondsForm[]>('number', 'string')

/** What a client makes of it, whichever form it was promised. */
const secondsIn = ({ expirationSec }: { readonly expirationSec: number | string }, form: SecondsForm): number => {
  expect(typeof expirationSec).toBe(form)
  return Number(expirationSec)
}

describe('a token on the wire', () => {
  it('is what the contract says, its life in seconds, as a number or as a text', () => {
    fc.assert(
      fc.property(tokenSet('jwt', false), form, (set, as) => {
        const body = issuedToken(set, as)
        for (const operationId of ['lyveIssueToken', 'lyveIssueTokenAtSlash'] as const) {
          expect(bodyFaults(operationId, 200, body)).toEqual([])
        }
        expect(secondsIn(body, as)).toBe(set.expiresInSeconds)
        expect(body.token).toBe(set.accessToken.reveal())
      }),
    )
  })

  it('N-111 never says that more is left than there is, nor less than nothing', () => {
    fc.assert(
      fc.property(epochSeconds, fc.integer({ min: -1000, max: 31_536_000 }), form, (latest, left, as) => {
        const body = tokenState({ expiresAt: latest + left }, latest, as)
        for (const operationId of ['lyveShowToken', 'lyveShowTokenAtSlash'] as const) {
          expect(bodyFaults(operationId, 200, body)).toEqual([])
        }
        const seconds = secondsIn(body, as)
        expect(seconds).toBeGreaterThanOrEqual(0)
        // The second that has begun is not counted, and no more than that is taken away.
        expect(seconds).toBe(Math.max(0, left - 1))
      }),
    )
  })
})

it('an access key is read as it was written', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (account, keyId, secret) => {
      expect(presentedKey({ accountId: account, accessKey: keyId, secret })).toEqual({ account, keyId, secret })
    }),
  )
})
