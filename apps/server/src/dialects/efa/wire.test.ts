import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExpiryType, expiries } from './dialect.ts'
import { adviceOn, clientAnswer, clientType, expiry, expirySeconds } from './wire.ts'

const types = Object.keys(expiries) as ExpiryType[]

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
  it('keeps its type, if the dialect knows it', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('openstack', 'host', 'application'), (name, type) => {
        expect(clientAnswer({ name, id: 'i', type: clientType(type) })).toEqual({
          name,
          clientID: 'i',
          clientType: type,
        })
      }),
    )
    expect(() => clientType('vmware')).toThrow('client_type_unknown')
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
})
