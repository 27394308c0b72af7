import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type VerifierOptions } from '../src/index.ts'
import { advancedClock } from '../src/testing/advanced-clock.ts'
import { outcomeOf } from '../src/testing/refusal.ts'
import { scriptedFeed } from '../src/testing/scripted-feed.ts'
import { clientIdentity, json, resource, scriptedIssuer } from '../src/testing/scripted-issuer.ts'

const path = '/oauth2/introspect'
const opaque = 'cs_at_AQBo8qGzDJ1Of4obaPKhswAADhAAAAABt3Hn0c2yJwqQn4mS0pYxVw'

async function withIssuer(options: Partial<VerifierOptions> = {}) {
  const issuer = await scriptedIssuer()
  const clock = advancedClock()
  const verifier = createVerifier({
    issuer: issuer.url,
    resource,
    client: clientIdentity,
    clock,
    feed: 'none',
    ...options,
  })
  onTestFinished(() => verifier.close())
  const now = Math.floor(clock.epochSeconds())
  const active = {
    active: true,
    token_type: 'Bearer',
    iss: issuer.url,
    aud: [resource],
    sub: 'user-1',
    client_id: 'countersign',
    iat: now,
    exp: now + 600,
    jti: 'j',
    sid: 's',
    role: 'viewer',
    scope: 'orders:read',
    username: 'ada',
  }
  issuer.answers.set(path, json(active))
  return { issuer, clock, verifier, active, tried: (token = opaque) => outcomeOf(verifier.verify(token)) }
}

describe('an opaque token (RFC 7662)', () => {
  it('is introspected with the secret of the client, once for all that wait, and remembered', async () => {
    const { issuer, verifier } = await withIssuer()
    const found = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(opaque)))
    expect(found[7]).toMatchObject({ subject: 'user-1', scope: ['orders:read'], username: 'ada', audience: resource })
    await verifier.verify(opaque)
    expect(issuer.count(path)).toBe(1)
    const [{ headers, body } = { headers: {}, body: '' }] = issuer.received.filter((request) => request.path === path)
    // RFC 6749 §2.3.1: the parts are form-encoded.
    const basic = Buffer.from(`${clientIdentity.id}:cs_key_a%2Bb+c%2Fsecret`).toString('base64')
    expect(headers.authorization).toBe(`Basic ${basic}`)
    expect(body).toBe(`token=${opaque}`)
  })

  it('is asked about again while a request is not answered that was sent more than `maxStalenessSeconds` ago', async () => {
    const { issuer, clock, tried } = await withIssuer()
    const held = Promise.withResolvers<void>()
    const answer = issuer.answers.get(path)
    issuer.answers.set(path, async (request, response) => {
      await held.promise
      return answer?.(request, response)
    })
    const first = tried()
    await expect.poll(() => issuer.count(path)).toBe(1)
    clock.advance(6)
    const second = tried()
    await expect.poll(() => issuer.count(path)).toBe(2)
    held.resolve()
    expect(await Promise.all([first, second])).toEqual(['accepted', 'accepted'])
  })

  it('is asked about again after `maxStalenessSeconds` while revocations are not known', async () => {
    const { issuer, clock, tried } = await withIssuer()
    await tried()
    clock.advance(4)
    await tried()
    expect(issuer.count(path)).toBe(1)
    clock.advance(2)
    issuer.answers.set(path, json({ active: false }))
    expect(await tried()).toBe('token_invalid')
    expect(issuer.count(path)).toBe(2)
  })

  it('is remembered for a minute while they are, and never beyond its expiry', async () => {
    const { issuer, clock, verifier, active, tried } = await withIssuer({ feed: 'stream', maxStalenessSeconds: 3600 })
    const feed = scriptedFeed(issuer)
    const ready = verifier.ready()
    ;(await feed.opened(0)).heartbeat(0)
    await ready
    await tried()
    clock.advance(59)
    await tried()
    expect(issuer.count(path)).toBe(1)
    clock.advance(2)
    await tried()
    expect(issuer.count(path)).toBe(2)
    issuer.answers.set(path, json({ ...active, exp: Math.floor(clock.epochSeconds()) + 10 }))
    await tried('another')
    clock.advance(11)
    expect(await tried('another')).toBe('token_expired')
  })

  it.each([
    ['for another API', { aud: ['https://other.example'] }],
    ['for several APIs', { aud: [resource, 'https://other.example'] }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['that is no access token', { token_type: undefined }],
    ['without a subject', { sub: undefined }],
    ['with a malformed time', { exp: 'soon' }],
  ])('N-690 %s is refused', async (_name, change) => {
    const { issuer, active, tried } = await withIssuer()
    issuer.answers.set(path, json({ ...active, ...change }))
    expect(await tried()).toBe('token_invalid')
  })

  it('that is not active is not asked about again at once', async () => {
    const { issuer, clock, active, tried } = await withIssuer()
    issuer.answers.set(path, json({ active: false }))
    for (let turn = 0; turn < 5; turn += 1) expect(await tried()).toBe('token_invalid')
    expect(issuer.count(path)).toBe(1)
    issuer.answers.set(path, json(active))
    clock.advance(3)
    expect(await tried()).toBe('accepted')
  })

  it('is refused with 503 while the issuer does not respond, responds nonsense, or refuses the client', async () => {
    const { issuer, tried } = await withIssuer({ timeoutSeconds: 0.2 })
    const answers: [Parameters<typeof issuer.answers.set>[1], string][] = [
      [json({}, 500), 'issuer_unreachable'],
      [json({ error: 'invalid_client' }, 401), 'issuer_refused'],
      [json({ active: 'yes' }), 'issuer_unreachable'],
      [(_request, response) => response.end('{'), 'issuer_unreachable'],
      [(_request, response) => response.end(`"${'x'.repeat(2_000_000)}"`), 'issuer_unreachable'],
      [(_request, response) => response.destroy(), 'issuer_unreachable'],
      [() => {}, 'issuer_unreachable'],
    ]
    for (const [answer, code] of answers) {
      issuer.answers.set(path, answer)
      expect(await tried()).toBe(code)
    }
  })

  it('N-691 is not sent elsewhere by a redirect, nor is the secret', async () => {
    const { issuer, tried } = await withIssuer()
    const other = await scriptedIssuer()
    for (const status of [301, 302, 303, 307, 308]) {
      issuer.answers.set(path, (_request, response) => response.writeHead(status, { location: `${other.url}/x` }).end())
      expect(await tried()).toBe('issuer_unreachable')
    }
    issuer.answers.set('/oauth2/jwks', (_request, response) =>
      response.writeHead(302, { location: `${other.url}/oauth2/jwks` }).end(),
    )
    expect(await tried(await other.token({ iss: issuer.url }))).toBe('issuer_unreachable')
    expect(other.received).toEqual([])
  })

  it('N-692 and the secret appear in no error, whatever the issuer answers', async () => {
    const { issuer, verifier } = await withIssuer({ timeoutSeconds: 0.2 })
    const jwt = await issuer.token({ exp: 1 })
    const echo = (status: number) => json({ error: `${opaque} ${clientIdentity.secret}`, detail: opaque }, status)
    const answers = [echo(500), echo(401), json({ active: false }), json({ active: opaque }), () => {}]
    for (const answer of answers) {
      issuer.answers.set(path, answer)
      for (const token of [opaque, jwt, `${opaque}\n`]) {
        const error = await verifier.verify(token).catch((refusal: unknown) => refusal)
        const told = `${inspect(error, { depth: 9, showHidden: true })}${await (error as { toResponse(): Response }).toResponse().text()}`
        expect(told).not.toContain(opaque)
        expect(told).not.toContain(jwt.slice(10, 40))
        expect(told).not.toContain('cs_key_a')
      }
    }
  })
})
