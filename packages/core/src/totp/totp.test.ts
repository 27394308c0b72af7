import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base32, matchingStep, otpauthUri, totpCode, totpStepSeconds } from './totp.ts'

/** RFC 6238 appendix B: the secret of the SHA-1 rows. */
const secret = Buffer.from('12345678901234567890')
const now = 1_800_000_000
const step = now / totpStepSeconds

describe('the code of a step', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('is the last six digits of RFC 6238 appendix B at %i', (time, eightDigits) => {
    expect(totpCode(secret, Math.floor(time / totpStepSeconds))).toBe(eightDigits.slice(-6))
  })
})

describe('matching a code', () => {
  it('accepts the present step and its two neighbours, and no other', () => {
    const matched = [-3, -2, -1, 0, 1, 2, 3].map((offset) => matchingStep(secret, totpCode(secret, step + offset), now))
    expect(matched).toEqual([undefined, undefined, step - 1, step, step + 1, undefined, undefined])
  })

  it('N-049 accepts a clock that is 30 seconds off, and none that is 60', () => {
    const shown = totpCode(secret, step)
    expect([now - 30, now + 29, now + 59].map((at) => matchingStep(secret, shown, at))).toEqual([step, step, step])
    expect([now - 31, now + 60].map((at) => matchingStep(secret, shown, at))).toEqual([undefined, undefined])
  })

  it.each([
    ['a space before', (code: string) => ` ${code}`],
    ['a space after', (code: string) => `${code} `],
    ['a space inside', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['a line feed after', (code: string) => `${code}\n`],
    ['full-width digits', (code: string) => code.replaceAll(/./g, (d) => String.fromCharCode(0xff10 + Number(d)))],
    ['Arabic digits', (code: string) => code.replaceAll(/./g, (d) => String.fromCharCode(0x660 + Number(d)))],
    ['a digit more', (code: string) => `${code}0`],
    ['a digit less', (code: string) => code.slice(1)],
    ['hexadecimal', (code: string) => `0x${Number(code).toString(16)}`],
    ['a decimal point', (code: string) => `${code}.0`],
  ])('takes nothing for a code but six ASCII digits: %s', (_how, spelled) => {
    expect(matchingStep(secret, spelled(totpCode(secret, step)), now)).toBeUndefined()
  })
})

describe('what sets up an authenticator', () => {
  it('spells a secret in base32 as RFC 4648 §10 does, without padding', () => {
    const vectors = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))
    expect(vectors).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'])
  })

  it('says the same name whatever the name is, and lets none add a parameter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (username) => {
        const uri = new URL(otpauthUri('Countersign', username, secret))
        const [issuer, name] = uri.pathname.replace(/^\/+/, '').split(':')
        expect([uri.host, issuer, decodeURIComponent(name ?? '')]).toEqual(['totp', 'Countersign', username])
        expect([...uri.searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period'])
        expect(uri.searchParams.get('secret')).toBe(base32(secret))
      }),
    )
  })

  it.each(['a:b', 'a?secret=AAAA', 'a&issuer=Evil', 'a\r\nb', '100%', '../a'])('encodes %j', (username) => {
    const uri = otpauthUri('Countersign', username, secret)
    expect(uri).toContain(`totp/Countersign:${encodeURIComponent(username)}?secret=`)
    expect(uri.match(/[?&](?:secret|issuer)=/g)).toHaveLength(2)
  })
})
