import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../keys/key-ring.ts'
import type { KeySet } from '../keys/key-set.ts'
import {
  base64url,
  claimsAt,
  ecdsaSignature,
  headerOf,
  p256Order,
  segment,
  trulySigned,
} from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import { readAccessToken } from './access-token-reader.ts'

const now = 1_800_000_000
const issuer = 'https://auth.example'
const keys = testKeySet()
const ring = new KeyRing([keys], { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 })
const read = (text: string) => readAccessToken(text, { ring, issuer, latest: now, cache: new VerifiedCache() })

const header = headerOf(keys)
const claims = claimsAt(now)
const good = signToken(keys, 'at+jwt', claims)
const [head = '', body = '', tail = ''] = good.split('.')
const input = `${head}.${body}`
const withHeader = (given: object) => trulySigned(keys, { ...header, ...given }, claims)
const withClaims = (given: Record<string, unknown>) => trulySigned(keys, header, { ...claims, ...given })

/** Refused, and refused the same way as noise is: with nothing, never with a thrown error. */
const expectRefused = (tokens: readonly string[]) => {
  expect(tokens.length).toBeGreaterThan(0)
  for (const token of tokens) expect(read(token), token.slice(0, 400)).toBeUndefined()
}

describe('a signed access token (RFC 9068)', () => {
  it('is read as what it says', () => {
    expect(read(good)).toEqual({
      actors: [],
      apiId: undefined,
      clientEpoch: undefined,
      ancestors: [],
      authorizationId: claims.sid,
      tokenId: claims.jti,
      generation: undefined,
      issuedAt: now,
      expiresAt: now + 600,
      scope: ['read', 'write'],
      audience: [issuer],
      role: 'viewer',
    })
  })

  it('is read when its issuer signs with EdDSA', () => {
    const edward = testKeySet({ algorithm: 'EdDSA', number: 2 })
    const both = new KeyRing([keys, edward], { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 })
    const state = { ring: both, issuer, latest: now, cache: new VerifiedCache() }
    expect(readAccessToken(signToken(edward, 'at+jwt', claims), state)?.authorizationId).toBe(claims.sid)
  })

  it('is refused with any spelling of alg none, signed or not', () => {
    const algorithms = ['none', 'None', 'NONE', 'nOnE', '', ' none', null]
    const inputs = algorithms.map((alg) => `${segment({ ...header, alg })}.${body}`)
    expectRefused(inputs.flatMap((text) => [`${text}.`, text, `${text}.${tail}`, `${text}.AA`]))
    expectRefused(algorithms.map((alg) => withHeader({ alg })))
  })

  it('is refused with HS256 under any spelling of the public key', () => {
    const { publicKey, publicJwk } = keys
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const der = publicKey.export({ format: 'der', type: 'spki' })
    const point = Buffer.concat([Buffer.from(publicJwk.x, 'base64url'), Buffer.from(publicJwk.y ?? '', 'base64url')])
    const secrets = [pem, pem.trim(), `\n${pem}`, ` ${pem}`, `\uFEFF${pem}`, der, der.subarray(-65), point]
    const spellings = [...secrets, JSON.stringify(publicJwk), publicJwk.x, keys.kid, '']
    for (const alg of ['HS256', 'ES256']) {
      const text = `${segment({ ...header, alg })}.${body}`
      expectRefused(
        spellings.map((secret) => `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`),
      )
    }
  })

  it('is refused with HS256 under the secrets that the issuer does use for other purposes', () => {
    const text = `${segment({ ...header, alg: 'HS256' })}.${body}`
    const purposes = ['machine access', 'hex access', 'hex refresh', 'session cookie', 'jwt refresh', 'cursor'] as const
    expectRefused(
      purposes.map(
        (purpose) => `${text}.${createHmac('sha256', keys.secret(purpose)).update(text).digest('base64url')}`,
      ),
    )
  })

  it('is refused under a foreign key of any algorithm that names our kid', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const edward = generateKeyPairSync('ed25519').privateKey
    const psk = { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const p1363 = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' }) as const
    const signers: Record<string, (data: Buffer) => Buffer> = {
      RS256: (data) => sign('sha256', data, rsa),
      PS256: (data) => sign('sha256', data, psk),
      ES384: (data) => sign('sha384', data, p1363(p384)),
      EdDSA: (data) => sign(null, data, edward),
      ES256: (data) => ecdsaSignature({ privateKey: p256 }, data.toString()),
    }
    for (const [name, signer] of Object.entries(signers)) {
      for (const alg of [name, 'ES256', 'EdDSA']) {
        const text = `${segment({ ...header, alg })}.${body}`
        expectRefused([`${text}.${base64url(signer(Buffer.from(text)))}`])
      }
    }
  })

  it('is refused under an algorithm that is not the one of its key, though the key did sign', () => {
    expectRefused(['ES384', 'ES256K', 'EdDSA', 'es256', 'ES256 ', 'HS256', 'PS256'].map((alg) => withHeader({ alg })))
  })

  it('is refused with every degenerate signature', () => {
    const real = ecdsaSignature(keys, input)
    const number = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
    const [r, s] = [real.subarray(0, 32), real.subarray(32)]
    const signatures = [
      Buffer.alloc(64),
      Buffer.concat([Buffer.alloc(32), s]),
      Buffer.concat([r, Buffer.alloc(32)]),
      Buffer.concat([number(p256Order), s]),
      Buffer.concat([r, number(p256Order)]),
      Buffer.concat([number(p256Order), number(0n)]),
      Buffer.concat([number(1n), number(1n)]),
      Buffer.concat([s, r]),
      Buffer.alloc(64, 0xff),
      sign('sha256', Buffer.from(input), keys.privateKey),
      ecdsaSignature(keys, input, 'high'),
      real.subarray(0, 63),
      Buffer.concat([real, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), real]),
      Buffer.concat([real, real]),
      r,
    ]
    expect(read(`${input}.${base64url(real)}`)).toBeDefined()
    expectRefused(signatures.map((signature) => `${input}.${base64url(signature)}`))
  })

  it('is refused with a kid that is not exactly one of ours', () => {
    const kids = [
      undefined,
      'unknown',
      '../../etc/passwd',
      "' OR 1=1--",
      'k'.repeat(4000),
      `${keys.kid}\0`,
      `${keys.kid} `,
    ]
    const others = [[keys.kid], 1, null, true, {}, '', '__proto__', 'constructor', keys.kid.toUpperCase()]
    expectRefused([...kids, ...others].map((kid) => withHeader({ kid })))
    expectRefused([`${segment(`{"alg":"ES256","typ":"at+jwt","kid":"x","kid":"${keys.kid}"}`)}.${body}.${tail}`])
  })

  it('is refused when it brings or names a key of its own', () => {
    const jwk = keys.publicJwk
    const url = 'http://127.0.0.1:1/keys'
    expectRefused([{ jku: url }, { x5u: url }, { x5c: ['MIIB'] }, { jwk }, { x5t: 'a' }].map(withHeader))
  })

  it('N-080 N-083 N-084 is refused with crit, b64, zip, cty or any member that we do not write', () => {
    const members = [{ crit: ['x'] }, { crit: [] }, { crit: ['b64'], b64: false }, { b64: true }, { zip: 'DEF' }]
    const others = [{ cty: 'JWT' }, { p2c: 2 ** 31, p2s: 'a' }, { enc: 'A256GCM' }, { epk: {} }, { iss: issuer }]
    expectRefused([...members, ...others].map(withHeader))
    expectRefused([
      `${segment({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31, enc: 'A128GCM', p2s: 'a' })}.AA.AA.AA.AA`,
      trulySigned(keys, { ...header, cty: 'JWT' }, `${segment({ alg: 'none' })}.${body}.`),
    ])
  })

  it('N-081 is refused in any serialization but the compact one', () => {
    const parts = { payload: body, protected: head, signature: tail }
    expectRefused([
      JSON.stringify(parts),
      JSON.stringify({ payload: body, signatures: [{ protected: head, signature: tail }] }),
      input,
      `${input}.`,
      `${good}.`,
      `.${good}`,
      `${good}.${tail}`,
      `${good}.AA.AA`,
      `..${tail}`,
      `${head}..${tail}`,
      `.${body}.${tail}`,
      '..',
      '',
      '.',
    ])
  })

  it('is refused in any spelling but the canonical one', () => {
    const spaced = [
      ` ${good}`,
      `${good} `,
      `${good}\n`,
      `${head}\n.${body}.${tail}`,
      `${head}. ${body}.${tail}`,
      `${good}\0`,
    ]
    const padded = [`${head}=.${body}.${tail}`, `${head}.${body}=.${tail}`, `${good}=`, `${good}==`]
    const standard = good.replaceAll('-', '+').replaceAll('_', '/')
    expectRefused([...spaced, ...padded, good.replaceAll('.', '%2E'), `Bearer ${good}`])
    if (standard !== good) expectRefused([standard])
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const sameBytes = [...alphabet].map((letter) => tail.slice(0, -1) + letter).filter((text) => text !== tail)
    expect(sameBytes.some((text) => Buffer.from(text, 'base64url').equals(Buffer.from(tail, 'base64url')))).toBe(true)
    expectRefused(sameBytes.map((text) => `${input}.${text}`))
  })

  it('N-082 is refused if a name stands twice, whichever of the two a parser would believe', () => {
    const text = JSON.stringify(claims)
    const twice = (name: string, value: string) => text.replace('{', `{"${name}":${value},`)
    const payloads = [twice('sub', '"x"'), twice('role', '"owner"'), text.replace('}', ',"role":"owner"}')]
    const escaped = text.replace('"role"', '"r\\u006fle"')
    const spaced = JSON.stringify(claims, undefined, 1)
    expectRefused([...payloads, escaped, spaced, ` ${text}`].map((payload) => trulySigned(keys, header, payload)))
    const headers = ['"alg":"none"', '"typ":"rt+jwt"', `"kid":"${keys.kid}"`]
    expectRefused(headers.map((it) => trulySigned(keys, JSON.stringify(header).replace('{', `{${it},`), claims)))
  })

  it('is refused unless its issuer is exactly this one', () => {
    const other = [
      'https://other.example',
      `${issuer}/`,
      issuer.toUpperCase(),
      [issuer],
      undefined,
      '',
      null,
      ` ${issuer}`,
    ]
    expectRefused([...other, 'https://auth.example.evil', 'auth.example'].map((iss) => withClaims({ iss })))
  })

  it('is refused with an audience of a wrong shape, and otherwise returns its exact audience', () => {
    expectRefused([undefined, [], {}, [issuer, 1], [['x']], null, 7, '', [''], true].map((aud) => withClaims({ aud })))
    expect(read(withClaims({ aud: ['https://a.example', issuer] }))?.audience).toEqual(['https://a.example', issuer])
    expect(read(withClaims({ aud: 'https://auth.example.evil' }))?.audience).not.toContain(issuer)
    expect(read(withClaims({ aud: 'https://auth.exampl' }))?.audience).not.toContain(issuer)
  })

  it('is refused under any type but that of an access token', () => {
    const types = [
      undefined,
      'JWT',
      'jwt',
      'rt+jwt',
      'id',
      'AT+JWT',
      '',
      'at+jwt ',
      'application/rt+jwt',
      ['at+jwt'],
      null,
    ]
    expectRefused(types.map((typ) => withHeader({ typ })))
    expect(read(withHeader({ typ: 'application/at+jwt' }))).toBeDefined()
  })

  it('is refused unless its times are whole numbers of seconds', () => {
    const wrong = [undefined, '1800000600', 1_800_000_600.5, -1, 2 ** 53, null, [], {}, true]
    expectRefused([...wrong.map((exp) => withClaims({ exp })), ...wrong.map((iat) => withClaims({ iat }))])
    const text = JSON.stringify(claims)
    const spelled = ['1e400', 'NaN', 'Infinity', '1.8e9', '1800000600.0', '-0', '01800000600']
    expectRefused(spelled.map((exp) => trulySigned(keys, header, text.replace(`${claims.exp}`, exp))))
  })

  it('returns its own end, which a caller with a clock checks', () => {
    expect(read(withClaims({ exp: now - 1 }))?.expiresAt).toBe(now - 1)
  })

  it('N-090 is refused if it was issued in the future, beyond the 5 seconds that clocks may differ', () => {
    expect(read(withClaims({ iat: now + 5 }))).toBeDefined()
    expectRefused([6, 60, 1e6].map((ahead) => withClaims({ iat: now + ahead })))
    expectRefused([now + 3600, now - 3600, '0'].map((nbf) => withClaims({ nbf })))
  })

  it('is refused by its size before anything is decoded, and by its depth without harm', () => {
    expectRefused([`${input}.${'A'.repeat(8192)}`, 'A'.repeat(1_000_000), `${'a.'.repeat(500_000)}`])
    expectRefused([trulySigned(keys, header, `${'['.repeat(2900)}${']'.repeat(2900)}`)])
    expectRefused([trulySigned(keys, header, `{"a":${'['.repeat(2800)}${']'.repeat(2800)}}`)])
  })

  it('N-092 treats names of the prototype as names and nothing else', () => {
    const text = JSON.stringify(claims)
    const polluted = text.replace('{', '{"__proto__":{"role":"owner"},"constructor":{"prototype":{"role":"owner"}},')
    expect(read(trulySigned(keys, header, polluted))?.role).toBe('viewer')
    expectRefused([trulySigned(keys, header, polluted.replace('"role":"viewer",', ''))])
    expectRefused([trulySigned(keys, '{"__proto__":{"alg":"ES256"},"typ":"at+jwt","kid":"x"}', claims)])
    expect(read(withClaims({ sub: '__proto__', toString: 1 }))?.authorizationId).toBe(claims.sid)
    expect(({} as Record<string, unknown>).role).toBeUndefined()
  })

  it('is refused if another instance made it, whatever it says', () => {
    const staging = testKeySet({ seed: 'staging' })
    const named = { ...staging, kid: keys.kid } satisfies KeySet
    expectRefused([signToken(staging, 'at+jwt', claims), signToken(named, 'at+jwt', claims)])
    expectRefused([signToken(staging, 'at+jwt', { ...claims, iss: 'https://staging.example' })])
  })

  it('is refused with claims missing, empty, overlong or of a wrong type', () => {
    for (const name of Object.keys(claims))
      expectRefused([withClaims({ [name]: undefined }), withClaims({ [name]: 7.5 })])
    expectRefused([withClaims({ sub: '' }), withClaims({ sub: 'x'.repeat(513) }), withClaims({ role: 'root' })])
    expectRefused(
      ['abc', `${claims.sid}0`, claims.sid.toUpperCase(), `${claims.sid}\n`].map((sid) => withClaims({ sid })),
    )
  })
})
