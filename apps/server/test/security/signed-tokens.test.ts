import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeySet } from '@countersign/core'
import { base64url, ecdsaSignature, headerOf, segment, trulySigned } from '@countersign/core/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

type Claims = Record<string, unknown>

let server: RecordedServer
let keys: KeySet
let token: string
let claims: Claims
beforeAll(async () => {
  server = await startRecordedServer()
  const { id } = await server.user('ada')
  keys = server.running.authority.domain.keys().current(server.running.authority.clock.latest())
  token = (await server.session(id)).access
  claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims
})
afterAll(() => server.close())

const present = (text: string) => server.ask('GET', '/v1/me', { headers: bearer(text) })

/** Asserts that each of these is refused, and that the true token is not: so the refusals are about the forgery. */
async function refused(forgeries: readonly string[]): Promise<void> {
  const statuses = await Promise.all(forgeries.map(async (text) => (await present(text)).status))
  expect(statuses.map((status, at) => (status === 401 ? 401 : [status, at]))).toEqual(forgeries.map(() => 401))
  expect((await present(token)).status).toBe(200)
}

/** Truly signed by our key: only what it says may be wrong with it. */
const signed = (header: object, payload: object = {}): string =>
  trulySigned(keys, { ...headerOf(keys), ...header }, { ...claims, ...payload })

const without = (name: string): Claims => Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name))
const parts = (): readonly [string, string, string] => token.split('.') as unknown as [string, string, string]

it('a token forged of the same claims with our own key is accepted', async () => {
  expect((await present(signed({}))).status).toBe(200)
})

describe('a forged signature', () => {
  it('N-070 of algorithm none, however it is spelled', async () => {
    const [, payload, signature] = parts()
    const heads = ['none', 'None', 'NONE', 'nOnE'].map((alg) => segment({ ...headerOf(keys), alg }))
    await refused(
      heads.flatMap((head) => [`${head}.${payload}.`, `${head}.${payload}.${signature}`, `${head}.${payload}`]),
    )
  })

  it('N-071 of HS256 under a public value', async () => {
    const { publicKey, publicJwk } = keys
    const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string
    const secrets = [
      pem,
      `\n${pem}`,
      ` ${pem}`,
      `\ufeff${pem}`,
      pem.trim(),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(publicJwk),
      publicJwk.x,
      Buffer.from(publicJwk.x, 'base64url'),
      '',
    ]
    const input = `${segment({ ...headerOf(keys), alg: 'HS256' })}.${segment(claims)}`
    await refused(secrets.map((secret) => `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`))
  })

  it('N-072 of another algorithm under our kid, by an attacker’s key', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const ed = generateKeyPairSync('ed25519').privateKey
    const pss = { key: rsa, padding: 6, saltLength: 32 }
    const jose = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const })
    const forge = (alg: string, algorithm: string | null, key: Parameters<typeof sign>[2]) => {
      const input = `${segment({ ...headerOf(keys), alg })}.${segment(claims)}`
      return `${input}.${base64url(sign(algorithm, Buffer.from(input), key))}`
    }
    await refused([
      forge('RS256', 'sha256', rsa),
      forge('PS256', 'sha256', pss),
      forge('ES384', 'sha384', jose(p384)),
      forge('ES256', 'sha256', jose(p256)),
      forge('EdDSA', null, ed),
    ])
  })

  it('N-073 of zeros, of the order, in DER, with the higher s, or of another length', async () => {
    const [head, payload] = parts()
    const input = `${head}.${payload}`
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
    const der = sign('sha256', Buffer.from(input), keys.privateKey)
    const low = ecdsaSignature(keys, input)
    const signatures = [
      Buffer.alloc(64),
      Buffer.concat([order, order]),
      Buffer.concat([Buffer.alloc(32), order]),
      der,
      ecdsaSignature(keys, input, 'high'),
      low.subarray(0, 63),
      Buffer.concat([low, Buffer.alloc(1)]),
      Buffer.alloc(0),
    ]
    await refused(signatures.map((signature) => `${input}.${base64url(signature)}`))
  })

  it('N-077 of a token with any one character changed', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const next = (character: string) => alphabet[(alphabet.indexOf(character) + 1) % 64] ?? 'A'
    const changed = [...token].map((character, at) => token.slice(0, at) + next(character) + token.slice(at + 1))
    await refused(changed)
  })

  it('N-078 in another spelling of the same bytes', async () => {
    const [head, payload, signature] = parts()
    const stray = String.fromCharCode((signature.at(-1)?.charCodeAt(0) ?? 0) + 1)
    await refused([
      `${head}.${payload}.${signature.slice(0, -1)}${stray}`,
      `${token}=`,
      `${token}==`,
      `${head}=.${payload}=.${signature}=`,
      `${head}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}`,
      `${head} .${payload}.${signature}`,
      `${head}.${payload}\t.${signature}`,
      `.${token}`,
      `${token}.`,
      `${head}.${payload}.${signature}.${signature}`,
      `${head}.${payload}.${signature}.a.b`,
    ])
  })
})

describe('a correctly signed header that the server never writes', () => {
  it('N-075 is refused with an invalid key id', async () => {
    const kids = [
      '../../etc/passwd',
      "' OR 1=1--",
      'x'.repeat(4000),
      '\u0000',
      '__proto__',
      'constructor',
      '',
      null,
      1,
      [keys.kid],
      { kid: keys.kid },
    ]
    await refused(kids.map((kid) => signed({ kid })))
    await refused([trulySigned(keys, { alg: keys.algorithm, typ: 'at+jwt' }, claims)])
    expect(server.running.log()).not.toMatch(/etc\/passwd|OR 1=1/)
  })

  it('N-076 is refused with a key of its own or the URL of one, which is not fetched', async () => {
    let visits = 0
    const listener = createServer((_request, response) => {
      visits++
      response.end('{}')
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void listener.close())
    const { port } = listener.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/jwks`
    const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = attacker.publicKey.export({ format: 'jwk' })
    const own = { ...keys, privateKey: attacker.privateKey }
    const headers = [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['MIIB'] }, { kid: url, jku: url }]
    await refused(headers.flatMap((more) => [signed(more), trulySigned(own, { ...headerOf(keys), ...more }, claims)]))
    expect(visits).toBe(0)
  })

  it('N-087 is refused with another type', async () => {
    const others = ['JWT', 'rt+jwt', 'id', 'AT+JWT', 'at+jwt ', '', null, ['at+jwt'], 'application/jwt']
    await refused([
      ...others.map((typ) => signed({ typ })),
      trulySigned(keys, { alg: keys.algorithm, kid: keys.kid }, claims),
    ])
    expect((await present(signed({ typ: 'application/at+jwt' }))).status).toBe(200)
  })
})

describe('truly signed claims that we did not write', () => {
  it('N-085 come from another issuer', async () => {
    const { issuer } = server
    const others = ['https://evil.example', `${issuer}/`, issuer.toUpperCase(), [issuer], '', null]
    await refused([...others.map((iss) => signed({}, { iss })), trulySigned(keys, headerOf(keys), without('iss'))])
  })

  it('N-086 are meant for another audience; several are allowed if we are one of them', async () => {
    const { issuer } = server
    const others = [
      'https://other.example',
      [],
      ['https://other.example'],
      issuer.slice(0, -1),
      `${issuer}x`,
      {},
      null,
      [1],
    ]
    await refused([...others.map((aud) => signed({}, { aud })), trulySigned(keys, headerOf(keys), without('aud'))])
    expect((await present(signed({}, { aud: ['https://other.example', issuer] }))).status).toBe(200)
  })

  it('N-089 are over, end at no time, or never', async () => {
    const now = server.running.authority.clock.now()
    const times = [now - 1, now, `${now + 60}`, now + 0.5, -1, 2 ** 53, 1e308, null, [now + 60]]
    await refused([...times.map((exp) => signed({}, { exp })), trulySigned(keys, headerOf(keys), without('exp'))])
    expect((await present(signed({}, { exp: now - 1 }))).body.code).toBe('token_expired')
  })

  it('N-091 are deep or long: refused before they are read', async () => {
    const deep = `${'['.repeat(2000)}${']'.repeat(2000)}`
    await refused([trulySigned(keys, headerOf(keys), deep), trulySigned(keys, headerOf(keys), `{"a":${deep}}`)])
    expect((await present(`${token}${'x'.repeat(8000)}`)).status).toBe(400)
    const raw = await server.running.fetch('/v1/me', { headers: bearer('x'.repeat(20_000)) })
    expect(raw.status).toBe(431)
  })

  it('promise a higher role, or more scope, than the authorization has', async () => {
    const owner = await present(signed({}, { role: 'owner', scope: 'read write admin' }))
    expect([owner.status, owner.body.role]).toEqual([200, 'viewer'])
  })
})
