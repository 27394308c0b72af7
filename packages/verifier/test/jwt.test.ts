import { CompactSign, type CryptoKey, exportJWK, UnsecuredJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type VerifierOptions } from '../src/index.ts'
import { type AdvancedClock, advancedClock } from '../src/testing/advanced-clock.ts'
import { outcomeOf } from '../src/testing/refusal.ts'
import { json, resource, type ScriptedIssuer, scriptedIssuer, signingKey } from '../src/testing/scripted-issuer.ts'

const now = () => Math.floor(Date.now() / 1000)

async function withIssuer(options: Partial<VerifierOptions> = {}) {
  const issuer: ScriptedIssuer = await scriptedIssuer()
  const clock: AdvancedClock = advancedClock()
  const verifier = createVerifier({ issuer: issuer.url, resource, whenSilent: 'open', clock, ...options })
  onTestFinished(() => verifier.close())
  const tried = (token: string) => outcomeOf(verifier.verify(token))
  return { issuer, clock, verifier, tried }
}

describe('a JWT (RFC 9068 §4)', () => {
  it('is verified by the issuer’s keys, and tells who calls', async () => {
    const { issuer, verifier } = await withIssuer()
    const act = { sub: 'backend', act: { sub: 'frontend' } }
    const token = await issuer.token({ act, exchanged_from: ['earlier'] })
    const verified = await verifier.verify(token)
    expect(verified).toEqual({
      subject: 'user-1',
      client: 'countersign',
      role: 'viewer',
      scope: ['orders:read', 'orders:write'],
      actor: { subject: 'backend', actor: { subject: 'frontend' } },
      expiresAt: expect.any(Number),
      issuedAt: expect.any(Number),
      tokenId: 'api1.7f8a1b30c9d4e7f8a1b',
      sessionId: '0068f2a1b30c9d4e7f8a1b',
      issuer: issuer.url,
      audience: resource,
    })
    expect(await verifier.verify(token)).toBe(verified)
    expect(issuer.count('/oauth2/jwks')).toBe(1)
    const edwards = issuer.keys[1]
    expect((await verifier.verify(await issuer.token({}, {}, edwards))).subject).toBe('user-1')
  })

  it('N-680 is refused without a signature, or with an algorithm that is not the key’s', async () => {
    const { issuer, tried } = await withIssuer()
    const payload = { iss: issuer.url, aud: resource, sub: 'user-1', exp: now() + 60, iat: now() }
    const none = new UnsecuredJWT(payload).encode()
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [, claims = ''] = (await issuer.token()).split('.')
    const unsigned = `${header({ alg: 'none', typ: 'at+jwt', kid: 'first' })}.${claims}.`
    // The public key of the issuer, used as the secret of a MAC (RFC 8725 §2.1).
    const [first] = issuer.keys
    const secret = Buffer.from(JSON.stringify(await exportJWK(first?.publicKey as CryptoKey)))
    const mac = await new CompactSign(Buffer.from(claims, 'base64url'))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })
      .sign(secret)
    const [head = '', body = '', signature = ''] = (await issuer.token()).split('.')
    const other = `${header({ ...JSON.parse(Buffer.from(head, 'base64url').toString()), alg: 'EdDSA' })}.${body}.${signature}`
    for (const token of [none, unsigned, mac, other]) expect(await tried(token)).toBe('token_invalid')
    const strange = await signingKey('first', 'ES384')
    expect(await tried(await issuer.token({}, {}, strange))).toBe('token_invalid')
  })

  it('N-681 is not verified by a key that its header brings or names', async () => {
    const { issuer, tried } = await withIssuer()
    const foreign = await signingKey('foreign')
    issuer.answers.set('/foreign', json({ keys: [foreign.jwk] }))
    const at = `${issuer.url}/foreign`
    for (const header of [{ jwk: foreign.jwk }, { jku: at }, { x5u: at }, { x5c: ['AAAA'] }, { kid: at }]) {
      expect(await tried(await issuer.token({}, header, foreign))).toBe('token_invalid')
    }
    expect(await tried(await issuer.token({}, { kid: 'first' }, foreign))).toBe('token_invalid')
    expect(issuer.count('/foreign')).toBe(0)
  })

  it.each(['../../etc/passwd', "' OR 1=1 --", '__proto__', 'constructor', 'x'.repeat(513), ''])(
    'N-682 with the `kid` %s is refused',
    async (kid) => {
      const { issuer, tried } = await withIssuer()
      expect(await tried(await issuer.token({}, { kid }))).toBe('token_invalid')
    },
  )

  it('N-683 with another `typ` is refused, and with `JWT` accepted only where that is configured', async () => {
    const { issuer, tried } = await withIssuer()
    for (const typ of ['JWT', 'logout+jwt', 'at+jwt+x', undefined, '']) {
      expect(await tried(await issuer.token({}, { typ }))).toBe('token_invalid')
    }
    for (const typ of ['application/at+jwt', 'AT+JWT'])
      expect(await tried(await issuer.token({}, { typ }))).toBe('accepted')
    const plain = createVerifier({ issuer: issuer.url, resource, whenSilent: 'open', tokenTyp: 'JWT' })
    expect(await outcomeOf(plain.verify(await issuer.token({}, { typ: 'JWT' })))).toBe('accepted')
    expect(await outcomeOf(plain.verify(await issuer.token()))).toBe('token_invalid')
  })

  it('N-684 for another audience, or also for another one, is refused', async () => {
    const { issuer, tried } = await withIssuer()
    const others = [
      'https://orders.example',
      `${resource}/`,
      resource.toUpperCase(),
      [resource, 'https://x.example'],
      [],
      undefined,
    ]
    for (const aud of others) expect(await tried(await issuer.token({ aud }))).toBe('token_invalid')
    expect(await tried(await issuer.token({ aud: [resource] }))).toBe('accepted')
  })

  it('N-685 of another issuer is refused, and nothing is fetched from there', async () => {
    const { issuer, tried } = await withIssuer()
    const other = await scriptedIssuer()
    const token = await other.token({ iss: other.url })
    expect(await tried(token)).toBe('token_invalid')
    for (const iss of [other.url, `${issuer.url}/`, undefined]) {
      expect(await tried(await issuer.token({ iss }))).toBe('token_invalid')
    }
    expect(other.received).toEqual([])
  })

  it('that is expired is refused as such, to the second, and later by the leeway', async () => {
    const { issuer, clock, verifier, tried } = await withIssuer()
    const token = await issuer.token({ exp: now() + 60 })
    await verifier.verify(token)
    clock.advance(61)
    expect(await tried(token)).toBe('token_expired')
    const patient = createVerifier({ issuer: issuer.url, resource, whenSilent: 'open', leewaySeconds: 30, clock })
    expect(await outcomeOf(patient.verify(token))).toBe('accepted')
    clock.advance(30)
    expect(await outcomeOf(patient.verify(token))).toBe('token_expired')
  })

  it.each([
    ['issued in the future', () => ({ iat: now() + 60 })],
    ['not valid yet', () => ({ nbf: now() + 60 })],
    ['without an expiry', () => ({ exp: undefined })],
    ['without a subject', () => ({ sub: undefined })],
    ['without a client', () => ({ client_id: undefined })],
    ['without an id', () => ({ jti: undefined })],
    ['without a session', () => ({ sid: undefined })],
    ['without a scope', () => ({ scope: undefined })],
    ['with nine actors', () => ({ act: Array.from({ length: 9 }).reduce((act) => ({ sub: 'x', act }), undefined) })],
    ['with a time that is a text', () => ({ exp: `${now() + 60}` })],
  ])('%s is refused', async (_name, claims) => {
    const { issuer, tried } = await withIssuer()
    expect(await tried(await issuer.token(claims()))).toBe('token_invalid')
  })

  it('N-686 that is too long, or no token at all, is refused before anything is sent', async () => {
    const { issuer, tried } = await withIssuer({ client: { id: 'c', secret: 's' } })
    for (const token of ['', ' ', 'a b', 'a\nb', 'é', 'a'.repeat(2049), `a.b.${'c'.repeat(9000)}`]) {
      expect(await tried(token)).toBe('token_invalid')
    }
    expect(issuer.count('/oauth2/introspect')).toBe(0)
    expect(issuer.count('/oauth2/jwks')).toBe(0)
  })

  it('N-687 with the header and claims of a remembered one, but another signature, is refused', async () => {
    const { issuer, verifier, tried } = await withIssuer()
    const token = await issuer.token()
    await verifier.verify(token)
    const [header, claims, signature = ''] = token.split('.')
    const changed = `${signature.slice(0, -4)}${signature.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    expect(await tried(`${header}.${claims}.${changed}`)).toBe('token_invalid')
    expect(await tried(token.slice(0, -1))).toBe('token_invalid')
    expect(await tried(token)).toBe('accepted')
  })
})

describe('the keys of the issuer', () => {
  it('are fetched once for all that wait, and again once for an unknown `kid`, not more often than every 5 seconds', async () => {
    const { issuer, clock, verifier, tried } = await withIssuer()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => issuer.token({ jti: `api1.${index}` })))
    await Promise.all(tokens.map((token) => verifier.verify(token)))
    expect(issuer.count('/oauth2/jwks')).toBe(1)
    const second = await signingKey('second')
    const token = await issuer.token({}, {}, second)
    for (let turn = 0; turn < 5; turn += 1) expect(await tried(token)).toBe('token_invalid')
    expect(issuer.count('/oauth2/jwks')).toBe(1)
    issuer.keys.push(second)
    clock.advance(6)
    await Promise.all([tried(token), tried(await issuer.token({}, {}, await signingKey('made up')))])
    expect(issuer.count('/oauth2/jwks')).toBe(2)
    expect(await tried(token)).toBe('accepted')
  })

  it('are used on while the issuer is away', async () => {
    const { issuer, clock, verifier, tried } = await withIssuer()
    await verifier.verify(await issuer.token())
    await issuer.stop()
    clock.advance(400)
    const later = Math.floor(clock.epochSeconds())
    const token = (more: object) => issuer.token({ iat: later, exp: later + 60, ...more })
    for (let turn = 0; turn < 3; turn += 1) expect(await tried(await token({ jti: `api1.${turn}` }))).toBe('accepted')
    await issuer.start()
  })

  it('are needed for the first token: without them the refusal is a 503', async () => {
    const { clock, issuer, tried, verifier } = await withIssuer()
    const token = await issuer.token()
    await issuer.stop()
    expect(await tried(token)).toBe('issuer_unreachable')
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    await issuer.start()
    // A failure counts for a second.
    clock.advance(1.5)
    expect(await tried(token)).toBe('accepted')
  })

  it('without an algorithm, for encryption, or of another curve are not used', async () => {
    const { issuer, tried } = await withIssuer()
    const [first] = issuer.keys
    const token = await issuer.token()
    for (const change of [{ alg: undefined }, { use: 'enc' }, { alg: 'HS256' }, { crv: 'P-384' }, { x: 'AAAA' }]) {
      const fresh = await withIssuer()
      fresh.issuer.keys = [{ ...first, jwk: { ...first?.jwk, ...change } } as never]
      expect(await fresh.tried(await fresh.issuer.token({}, {}, first))).toBe('token_invalid')
    }
    expect(await tried(token)).toBe('accepted')
  })
})

describe('discovery (RFC 8414)', () => {
  it('puts the well-known name before the path of the issuer', async () => {
    const issuer = await scriptedIssuer()
    const iss = `${issuer.url}/tenants/a`
    const base = {
      jwks_uri: `${issuer.url}/oauth2/jwks`,
      introspection_endpoint: `${iss}/i`,
      token_endpoint: `${iss}/t`,
    }
    issuer.answers.set('/.well-known/oauth-authorization-server/tenants/a', json({ issuer: iss, ...base }))
    const verifier = createVerifier({ issuer: iss, resource, whenSilent: 'open' })
    expect(await outcomeOf(verifier.verify(await issuer.token({ iss })))).toBe('accepted')
  })

  it('asks an issuer that fails once a second, however many tokens come', async () => {
    const clock = advancedClock()
    const { issuer, tried } = await withIssuer({ clock })
    issuer.answers.set('/.well-known/oauth-authorization-server', json({}, 500))
    const token = await issuer.token()
    for (let turn = 0; turn < 20; turn += 1) expect(await tried(token)).toBe('issuer_unreachable')
    expect(issuer.count('/.well-known/oauth-authorization-server')).toBe(1)
    clock.advance(1.5)
    expect(await tried(token)).toBe('issuer_unreachable')
    expect(issuer.count('/.well-known/oauth-authorization-server')).toBe(2)
  })

  it('N-688 refuses the metadata of another issuer, and endpoints of another origin', async () => {
    const endpoints = (url: string) => ({
      jwks_uri: `${url}/oauth2/jwks`,
      introspection_endpoint: `${url}/oauth2/introspect`,
      token_endpoint: `${url}/oauth2/token`,
    })
    const { issuer, tried } = await withIssuer()
    const other = await scriptedIssuer()
    const token = await issuer.token()
    for (const document of [
      { issuer: other.url, ...endpoints(issuer.url) },
      { issuer: issuer.url, ...endpoints(other.url) },
      { issuer: issuer.url },
      ['issuer'],
    ]) {
      issuer.answers.set('/.well-known/oauth-authorization-server', json(document))
      expect(await tried(token)).toBe('issuer_unreachable')
    }
    expect(other.received).toEqual([])
  })

  it('N-689 refuses plain http to a host other than loopback, unless that is permitted', async () => {
    const terms = { resource, whenSilent: 'open' } as const
    for (const issuer of [
      'http://auth.example',
      'http://10.0.0.1',
      'http://127.0.0.1.example',
      'ftp://auth.example',
      'x',
    ]) {
      expect(() => createVerifier({ ...terms, issuer })).toThrow(TypeError)
    }
    for (const issuer of ['https://u:p@auth.example', 'https://auth.example?a', 'https://auth.example#a']) {
      expect(() => createVerifier({ ...terms, issuer })).toThrow(TypeError)
    }
    expect(createVerifier({ ...terms, issuer: 'http://auth.example', allowInsecureHttp: true }).issuer).toBe(
      'http://auth.example',
    )
    for (const issuer of ['http://localhost:1', 'http://[::1]:1', 'http://127.3.2.1:1']) {
      expect(createVerifier({ ...terms, issuer }).issuer).toBe(issuer)
    }
  })
})

it('without a client needs `whenSilent` `open`, said by the program', () => {
  expect(() => createVerifier({ issuer: 'https://auth.example', resource })).toThrow('whenSilent')
})
