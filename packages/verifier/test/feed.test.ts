import { describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type Verifier, type VerifierOptions } from '../src/index.ts'
import { advancedClock } from '../src/testing/advanced-clock.ts'
import { outcomeOf } from '../src/testing/refusal.ts'
import { farAhead, scriptedFeed } from '../src/testing/scripted-feed.ts'
import { clientIdentity, json, resource, scriptedIssuer } from '../src/testing/scripted-issuer.ts'

const introspection = '/oauth2/introspect'
const sid = '0068f2a1b30c9d4e7f8a1b'

async function withFeed(options: Partial<VerifierOptions> = {}) {
  const issuer = await scriptedIssuer()
  const clock = advancedClock()
  let feedId: string | undefined = 'feed-1'
  const feed = scriptedFeed(issuer, () => feedId)
  const faults: string[] = []
  const verifier = createVerifier({
    issuer: issuer.url,
    resource,
    client: clientIdentity,
    clock,
    whenSilent: 'closed',
    onFault: (error) => faults.push((error as Error).message),
    ...options,
  })
  onTestFinished(() => verifier.close())
  const tried = (token: string) => outcomeOf(verifier.verify(token))
  return {
    issuer,
    clock,
    feed,
    verifier,
    faults,
    tried,
    rename: (id: string | undefined) => {
      feedId = id
    },
    /** The first stream, read to its end. */
    async begun() {
      const ready = verifier.ready()
      const stream = await feed.opened(0)
      stream.heartbeat(0)
      await ready
      return stream
    },
  }
}

/** Resolves when the verifier has read this many entries. */
const heldBy = (verifier: Verifier, count: number) =>
  expect.poll(() => verifier.status().revocations, { interval: 5 }).toBe(count)
const silent = (verifier: Verifier, isSilent: boolean) =>
  expect.poll(() => verifier.status().isSilent, { interval: 5, timeout: 10_000 }).toBe(isSilent)

describe('the feed', () => {
  it('is read from the start with a token for it, and names its position when it is read again', async () => {
    const { issuer, feed, verifier, begun } = await withFeed()
    const stream = await begun()
    expect(stream.request.headers).toMatchObject({ authorization: 'Bearer feed-token', accept: 'text/event-stream' })
    const [{ body } = { body: '' }] = issuer.received.filter((request) => request.path === '/oauth2/token')
    expect(body).toBe('grant_type=client_credentials&scope=revocations%3Aread')
    stream.revocation({ sequence: 4, kind: 'authorization', id: 'a' })
    stream.heartbeat(9)
    await heldBy(verifier, 1)
    stream.cut()
    expect((await feed.opened(1)).after).toBe(9)
    expect(issuer.count('/oauth2/token')).toBe(1)
  })

  it.each<[string, Record<string, string>]>([
    ['token', { kind: 'token', id: 'api1.7f8a1b30c9d4e7f8a1b' }],
    ['token that it was exchanged from', { kind: 'token', id: 'ancestor' }],
    ['session', { kind: 'authorization', id: sid }],
    ['key', { kind: 'key', id: 'first' }],
  ])('ends a token whose %s is revoked, also where it is remembered', async (_what, { kind = '', id = '' }) => {
    const { issuer, verifier, tried, begun } = await withFeed()
    const stream = await begun()
    const token = await issuer.token({ exchanged_from: ['ancestor'], act: { sub: 'backend' } })
    const twin = await issuer.token({ exchanged_from: ['ancestor'], act: { sub: 'backend' }, scope: 'orders:read' })
    expect(await tried(token)).toBe('accepted')
    stream.revocation({ sequence: 1, kind, id })
    await heldBy(verifier, 1)
    for (const presented of [token, twin]) expect(await tried(presented)).toBe('token_revoked')
    expect(issuer.count(introspection)).toBe(0)
  })

  it.each([
    ['subject', 'user-1'],
    ['subject', '*'],
    ['client', 'countersign'],
    ['client', 'backend'],
    ['client', 'user-1'],
    ['client', '*'],
    ['api', 'api1'],
  ])('makes a token doubtful whose %s has ended (%s): the issuer is asked once', async (kind, id) => {
    const { issuer, verifier, tried, begun } = await withFeed()
    const stream = await begun()
    const now = Math.floor(Date.now() / 1000)
    const token = await issuer.token({ act: { sub: 'backend' } })
    const later = await issuer.token({ act: { sub: 'backend' }, jti: 'api1.other' })
    expect(await tried(token)).toBe('accepted')
    stream.event('revocation', { sequence: 1, kind, id, before: now + 5, until: farAhead(), after: 0 })
    await heldBy(verifier, 1)
    expect(await tried(token)).toBe('token_revoked')
    const active = {
      active: true,
      token_type: 'Bearer',
      iss: issuer.url,
      aud: [resource],
      sub: 'user-1',
      client_id: 'countersign',
      iat: now,
      exp: now + 600,
      role: 'viewer',
      scope: 'orders:read',
    }
    issuer.answers.set(introspection, json(active))
    for (let turn = 0; turn < 3; turn += 1) expect((await verifier.verify(later)).scope).toEqual(['orders:read'])
    expect(issuer.count(introspection)).toBe(2)
    // What ended again is asked about again.
    stream.event('revocation', { sequence: 2, kind, id, before: now + 6, until: farAhead(), after: 1 })
    stream.heartbeat(2)
    await expect
      .poll(async () => {
        await verifier.verify(later)
        return issuer.count(introspection)
      })
      .toBe(3)
  })

  it('N-700 refuses what has ended for as long as the leeway accepts it', async () => {
    const { issuer, clock, verifier, tried, begun } = await withFeed({ leewaySeconds: 60, whenSilent: 'open' })
    const stream = await begun()
    const exp = Math.floor(Date.now() / 1000) + 10
    const token = await issuer.token({ sid, exp })
    stream.event('revocation', { sequence: 1, kind: 'authorization', id: sid, before: 1, until: exp, after: 0 })
    await heldBy(verifier, 1)
    for (const advance of [0, 30, 35]) {
      clock.advance(advance)
      expect(await tried(token)).toBe('token_revoked')
    }
    clock.advance(10)
    expect(await tried(token)).toBe('token_expired')
  })

  it('does not concern a token that was issued after what ended', async () => {
    const { issuer, verifier, tried, begun } = await withFeed()
    const stream = await begun()
    const before = Math.floor(Date.now() / 1000) - 10
    stream.event('revocation', { sequence: 1, kind: 'subject', id: 'user-1', before, until: farAhead(), after: 0 })
    await heldBy(verifier, 1)
    expect(await tried(await issuer.token())).toBe('accepted')
    expect(await tried(await issuer.token({ iat: before }))).toBe('token_revoked')
  })

  it.each(['introspect', 'closed', 'open'] as const)('that is silent: `%s`', async (whenSilent) => {
    const { issuer, clock, verifier, tried, begun } = await withFeed({ whenSilent })
    const stream = await begun()
    const token = await issuer.token()
    stream.revocation({ sequence: 1, kind: 'authorization', id: 'ended' })
    await heldBy(verifier, 1)
    const ended = await issuer.token({ sid: 'ended' })
    expect(await tried(token)).toBe('accepted')
    clock.advance(6)
    expect(verifier.status().isSilent).toBe(true)
    const refused = { introspect: 'token_revoked', closed: 'verifier_silent', open: 'accepted' }[whenSilent]
    expect(await tried(token)).toBe(refused)
    expect(issuer.count(introspection)).toBe(whenSilent === 'introspect' ? 1 : 0)
    // What is known to be revoked is refused anyway.
    expect(await tried(ended)).toBe('token_revoked')
    stream.heartbeat(1, 60_000)
    await silent(verifier, false)
    clock.advance(3)
    expect(await tried(await issuer.token({ jti: 'api1.new' }))).toBe('accepted')
  })

  it('that never was read is silent: with `closed`, the first token waits for the first attempt', async () => {
    const { issuer, feed, verifier, tried } = await withFeed()
    const token = await issuer.token()
    const first = tried(token)
    const stream = await feed.opened(0)
    stream.revocation({ sequence: 1, kind: 'authorization', id: 'x' })
    stream.heartbeat(1)
    expect(await first).toBe('accepted')
    expect(verifier.status()).toMatchObject({ isSilent: false, feed: 'feed-1', revocations: 1 })
  })

  it('N-693 that is delayed is as old as its heartbeats say, whenever they arrive', async () => {
    const { clock, verifier, begun } = await withFeed()
    const stream = await begun()
    clock.advance(20)
    await silent(verifier, true)
    // Sent five seconds after the start of the stream, and arriving fifteen seconds later.
    stream.heartbeat(0, 5000)
    await expect.poll(() => verifier.status().ageSeconds).toBeGreaterThan(14)
    await expect.poll(() => Math.floor(verifier.status().ageSeconds ?? 0)).toBe(15)
    expect(verifier.status().isSilent).toBe(true)
    // A heartbeat from the future is not fresher than now.
    stream.heartbeat(0, 900_000)
    await silent(verifier, false)
    clock.advance(6)
    expect(verifier.status().isSilent).toBe(true)
  })

  it.each<[string, (stream: Awaited<ReturnType<ReturnType<typeof scriptedFeed>['opened']>>) => void]>([
    ['skips an entry', (stream) => stream.revocation({ sequence: 9, kind: 'token', id: 'x', after: 8 })],
    ['repeats an entry', (stream) => stream.revocation({ sequence: 1, kind: 'token', id: 'x', after: 1 })],
    ['goes back', (stream) => stream.event('heartbeat', { next: 0, after: 1, elapsed_ms: 99_000 })],
    ['skips to a heartbeat', (stream) => stream.event('heartbeat', { next: 9, after: 8, elapsed_ms: 99_000 })],
    ['has an entry of an unknown kind', (stream) => stream.revocation({ sequence: 2, kind: 'planet', id: 'x' })],
    ['has half an entry', (stream) => stream.raw('event: revocation\ndata: {"sequence":2\n\n')],
    ['has a heartbeat without a time', (stream) => stream.event('heartbeat', { next: 1, after: 1 })],
    ['has a line without an end', (stream) => stream.raw(`data: ${'x'.repeat(9000)}`)],
    ['has an event without an end', (stream) => stream.raw(`data: ${'x'.repeat(4000)}\n`.repeat(5))],
    ['ends within an event', (stream) => stream.end('event: heartbeat\ndata: {"next":99')],
  ])('N-694 that %s is read again from the own position', async (_what, disturb) => {
    const { feed, verifier, begun } = await withFeed()
    const stream = await begun()
    stream.revocation({ sequence: 1, kind: 'authorization', id: 'a' })
    await heldBy(verifier, 1)
    disturb(stream)
    const next = await feed.opened(1)
    expect(next.after).toBe(1)
    next.revocation({ sequence: 2, kind: 'authorization', id: 'b' })
    await heldBy(verifier, 2)
  })

  it('N-695 that does not say which feed it is counts for nothing', async () => {
    const { feed, verifier, rename } = await withFeed()
    rename(undefined)
    const ready = verifier.ready()
    const stream = await feed.opened(0)
    stream.heartbeat(0)
    await ready
    expect(verifier.status()).toMatchObject({ isSilent: true, ageSeconds: undefined })
  })

  it('N-696 that is another one is silent until it was read from the start; what was revoked stays refused', async () => {
    const { issuer, feed, verifier, tried, rename, begun } = await withFeed({ maxStalenessSeconds: 30 })
    const stream = await begun()
    const [kept, ended] = [await issuer.token(), await issuer.token({ sid: 'ended' })]
    stream.revocation({ sequence: 7, kind: 'authorization', id: 'ended' })
    stream.heartbeat(7)
    await heldBy(verifier, 1)
    expect(await tried(kept)).toBe('accepted')
    rename('feed-2')
    stream.cut()
    expect((await feed.opened(1)).after).toBe(7)
    const again = await feed.opened(2)
    expect(again.after).toBe(0)
    expect(verifier.status().isSilent).toBe(true)
    expect(await tried(kept)).toBe('verifier_silent')
    again.revocation({ sequence: 1, kind: 'subject', id: '*' })
    again.heartbeat(1)
    await silent(verifier, false)
    expect(await tried(ended)).toBe('token_revoked')
    // It is doubtful, and the issuer says that it is not active.
    expect(await tried(kept)).toBe('token_revoked')
    expect(issuer.count(introspection)).toBe(1)
  })

  it('whose position is gone is read again from the start', async () => {
    const { issuer, feed, verifier, begun } = await withFeed()
    const stream = await begun()
    stream.revocation({ sequence: 5, kind: 'authorization', id: 'a' })
    await heldBy(verifier, 1)
    const open = issuer.answers.get('/v1/revocations')
    const asked: string[] = []
    issuer.answers.set('/v1/revocations', (request, response) => {
      asked.push(request.path)
      if (request.path.endsWith('after=0')) return open?.(request, response)
      return json({ code: 'position_gone' }, 410)(request, response)
    })
    stream.cut()
    expect((await feed.opened(1)).after).toBe(0)
    expect(asked).toEqual(['/v1/revocations?after=5', '/v1/revocations?after=0'])
    expect(verifier.status().isSilent).toBe(true)
  })

  it('N-697 whose token was refused gets another one; whose client was refused is not tried at once again', async () => {
    const { issuer, feed, verifier, faults } = await withFeed()
    const open = issuer.answers.get('/v1/revocations')
    issuer.answers.set('/v1/revocations', json({}, 401))
    const ready = verifier.ready()
    await ready
    issuer.answers.set('/v1/revocations', open as never)
    await feed.opened(0)
    expect(issuer.count('/oauth2/token')).toBe(2)
    expect(faults).toEqual(['the issuer responded 401'])

    const refused = await withFeed()
    refused.issuer.answers.set('/oauth2/token', json({ error: 'invalid_client' }, 401))
    await refused.verifier.ready()
    const token = await refused.issuer.token()
    for (let turn = 0; turn < 20; turn += 1) expect(await refused.tried(token)).toBe('verifier_silent')
    expect(refused.issuer.count('/oauth2/token')).toBe(1)
    expect(refused.verifier.status().fault).toMatchObject({ message: 'the issuer refuses the verifier’s client' })
  })

  it('ends with `close`', async () => {
    const { verifier, feed, begun } = await withFeed()
    const stream = await begun()
    verifier.close()
    stream.heartbeat(0)
    await expect.poll(() => feed.streams.length).toBe(1)
    expect(verifier.status().fault).toBeUndefined()
  })

  it('empties the memory of introspected tokens of what ended', async () => {
    const { issuer, verifier, begun } = await withFeed()
    const stream = await begun()
    const now = Math.floor(Date.now() / 1000)
    const answer = {
      active: true,
      token_type: 'Bearer',
      iss: issuer.url,
      aud: [resource],
      sub: 'user-1',
      client_id: 'client-1',
      iat: now,
      sid: 's',
      role: 'viewer',
      scope: '',
    }
    issuer.answers.set(introspection, json(answer))
    const tried = async () => {
      await verifier.verify('personal')
      return issuer.count(introspection)
    }
    expect([await tried(), await tried()]).toEqual([1, 1])
    let sequence = 0
    for (const kind of ['key', 'api', 'client']) {
      sequence += 1
      stream.revocation({ sequence, kind, id: kind === 'client' ? 'client-1' : 'x' })
      await heldBy(verifier, sequence)
      expect([await tried(), await tried()]).toEqual([1 + sequence, 1 + sequence])
    }
    stream.revocation({ sequence: 4, kind: 'token', id: 'of others' })
    await heldBy(verifier, 4)
    expect(await tried()).toBe(4)
    issuer.answers.set(introspection, json({ active: false }))
    stream.revocation({ sequence: 5, kind: 'authorization', id: 's' })
    await heldBy(verifier, 5)
    expect(await outcomeOf(verifier.verify('personal'))).toBe('token_invalid')
  })
})

describe('a feed that is polled', () => {
  async function polled(options: Partial<VerifierOptions> = {}) {
    const set = await withFeed({ feed: 'poll', ...options })
    const entries: { sequence: number; kind: string; id: string; before: number; until: number }[] = []
    let feed = 'feed-1'
    set.issuer.answers.set('/v1/revocations', (request, response) => {
      const after = Number(new URL(request.path, set.issuer.url).searchParams.get('after'))
      const page = entries.filter(({ sequence }) => sequence > after).slice(0, 2)
      json({ feed, revocations: page, next: page.at(-1)?.sequence ?? after })(request, response)
    })
    const add = (id: string) =>
      entries.push({ sequence: entries.length + 1, kind: 'authorization', id, before: farAhead(), until: farAhead() })
    const restore = (id: string) => {
      feed = id
      entries.length = 0
    }
    return { ...set, add, restore, polls: () => set.issuer.count('/v1/revocations') }
  }

  it('is read to its end when the last poll is older than half of `maxStalenessSeconds`, once for all that wait', async () => {
    const { issuer, clock, verifier, tried, add, polls } = await polled()
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id)
    const token = await issuer.token()
    await Promise.all([tried(token), tried(token), tried(token)])
    expect(verifier.status()).toMatchObject({ revocations: 5, isSilent: false })
    expect(polls()).toBe(4)
    expect(await tried(token)).toBe('accepted')
    expect(polls()).toBe(4)
    add(sid)
    clock.advance(3)
    expect(await tried(token)).toBe('token_revoked')
    expect(polls()).toBe(6)
  })

  it('that fails is silent when it is too old, and reads another feed from the start', async () => {
    const { issuer, clock, verifier, tried, add, restore } = await polled()
    const token = await issuer.token()
    add('a')
    expect(await tried(token)).toBe('accepted')
    restore('feed-2')
    add('b')
    clock.advance(3)
    expect(await tried(token)).toBe('accepted')
    expect(verifier.status()).toMatchObject({ feed: 'feed-2', revocations: 2 })
    issuer.answers.set('/v1/revocations', json({}, 500))
    clock.advance(3)
    expect(await tried(token)).toBe('accepted')
    clock.advance(3)
    expect(await tried(token)).toBe('verifier_silent')
  })
})
