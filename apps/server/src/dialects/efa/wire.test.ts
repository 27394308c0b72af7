import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyFaults } from '../../../test/contract/document.ts'
import { client, epochSeconds, tokenSet } from '../../../test/domain-values.ts'
import { type ExpiryType, expiries } from './policy.ts'
import { adviceOn, apiKey, clientAnswer, clientTokens, expiry, expirySeconds, tokens } from './wire.ts'

const types = Object.keys(expiries) as ExpiryType[]
const issuing = [
  'efaIssueAccessToken',
  'efaIssueSystemAccessToken',
  'efaIssueExtendedSystemAccessToken',
  'efaRefreshToken',
] as const

describe('an expiry', () => {
  it('comes back as it was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.nat(8760), fc.nat(59), (type, hours, minutes) => {
        expect(expiry(type, expirySeconds({ hours, minutes }))).toEqual({ type, hours, minutes })
      }),
    )
  })

  it('counts what is absent as none', () => {
    expect(expirySeconds({ hours: 2 })).toBe(7200)
    expect(expirySeconds({ minutes: 5 })).toBe(300)
    expect(expirySeconds({})).toBe(0)
  })
})

describe('a client', () => {
  it('keeps its type', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('openstack', 'host', 'application'), (name, type) => {
        expect(clientAnswer({ name, id: 'i', type })).toEqual({
          name,
          clientID: 'i',
          clientType: type,
        })
      }),
    )
  })
})

describe('an answer on the wire', () => {
  const advice = fc.option(fc.string({ minLength: 1, maxLength: 200 }), { nil: undefined })

  it('has both tokens, as the contract says, and the advice where there is any', () => {
    fc.assert(
      fc.property(tokenSet('jwt', true), advice, (set, message) => {
        const body = tokens(set, message)
        for (const operationId of issuing) expect(bodyFaults(operationId, 200, body)).toEqual([])
        expect(body).toEqual({
          'access-token': set.accessToken.reveal(),
          'token-type': 'Bearer',
          'refresh-token': set.refreshToken?.reveal(),
          ...(message === undefined ? {} : { message }),
        })
      }),
    )
  })

  it('has one token where there is no other', () => {
    fc.assert(
      fc.property(tokenSet('jwt', false), advice, (set, message) => {
        const body = clientTokens(set, message)
        expect(bodyFaults('efaIssueClientAccessToken', 200, body)).toEqual([])
        expect(body['access-token']).toBe(set.accessToken.reveal())
        expect(body).not.toHaveProperty('refresh-token')
      }),
    )
  })

  it('has a client by its name, its id and a type that the dialect knows, whatever else is known of it', () => {
    fc.assert(
      fc.property(client, (given) => {
        const body = clientAnswer(given)
        for (const operationId of ['efaShowClient', 'efaRegisterClient'] as const) {
          expect(bodyFaults(operationId, 200, body)).toEqual([])
        }
        expect(bodyFaults('efaListClients', 200, [body, body])).toEqual([])
        expect(body).toEqual({ name: given.name, clientID: given.id, clientType: given.type ?? 'application' })
      }),
    )
  })

  it('has an expiry in hours and minutes, and all of them in a list', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.integer({ min: 60, max: 31_536_000 }), (type, seconds) => {
        const body = expiry(type, seconds)
        expect(bodyFaults('efaShowExpiry', 200, body)).toEqual([])
        expect(bodyFaults('efaListExpiries', 200, [body])).toEqual([])
        // Whole minutes: what is shown is never more than what is.
        expect(seconds - expirySeconds(body)).toBeLessThan(60)
        expect(expirySeconds(body)).toBeLessThanOrEqual(seconds)
      }),
    )
  })

  it('has an API key, or its mask', () => {
    fc.assert(
      fc.property(tokenSet('jwt', false), ({ accessToken }) => {
        const body = apiKey(accessToken.reveal())
        expect(bodyFaults('efaIssueApiKey', 200, body)).toEqual([])
        expect(bodyFaults('efaShowApiKey', 200, apiKey(`…${body.apiKey.slice(-6)}`))).toEqual([])
      }),
    )
  })
})

describe('the advice', () => {
  const fine = { certificate: undefined, signingKeySince: 1000, presented: undefined }

  it('says nothing where nothing ends', () => {
    expect(adviceOn(fine, 1000)).toBeUndefined()
    expect(adviceOn({ ...fine, presented: { createdAt: 0, expiresAt: undefined } }, 1000)).toBeUndefined()
  })

  it('says all that ends, the certificate first', () => {
    const all = {
      certificate: { from: 0, until: 1001 },
      signingKeySince: -40_000_000,
      presented: { createdAt: 0, expiresAt: 1001 },
    }
    expect(adviceOn(all, 1000)).toBe(
      'Certificates will expire soon, please renew; The signing key is due for rotation, please rotate; This login will expire soon, please log in again',
    )
  })

  it('is total: words or nothing, whatever the times', () => {
    const term = fc.record({ from: epochSeconds, until: epochSeconds })
    const presented = fc.record({ createdAt: epochSeconds, expiresAt: fc.option(epochSeconds, { nil: undefined }) })
    const any = fc.record({
      certificate: fc.option(term, { nil: undefined }),
      signingKeySince: epochSeconds,
      presented: fc.option(presented, { nil: undefined }),
    })
    fc.assert(
      fc.property(any, epochSeconds, tokenSet('jwt', true), (renewables, now, set) => {
        const message = adviceOn(renewables, now)
        expect(bodyFaults('efaRefreshToken', 200, tokens(set, message))).toEqual([])
      }),
    )
  })
})
