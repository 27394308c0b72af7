import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Dialect } from '../../src/dialects/kit/dialect.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { dialectTests } from '../dialects.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import type { Opened, RefreshingPath } from './refreshing-path.ts'
import { elsewhere, type Refreshed, refresh, refreshingPaths } from './refreshing-paths.ts'

/** How often 8 callers refresh the token that they share. */
const rounds = Number(process.env.GRACE_ROUNDS ?? 100)
const callers = 8

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('boss', 'owner')).id
})
afterAll(() => server.close())

/** Which of these tokens live, as the owner of a server sees them. */
async function living(tokens: readonly string[], at = server, asked = owner): Promise<readonly boolean[]> {
  const headers = bearer((await at.session(asked)).access)
  const answers = tokens.map((token) => at.ask('POST', '/v1/introspect', { headers, body: { token } }))
  return (await Promise.all(answers)).map(({ body }) => body.active === true)
}

const newest = () => server.sql('SELECT action FROM audit ORDER BY sequence DESC LIMIT 1')[0]?.action

/** A repeat as the dialect answers it: in its own words for a used token, or with the same successor. */
function expectRepeated(path: RefreshingPath, again: Refreshed, successor: Refreshed): void {
  if (path.grace === 'successor') expect([again.status, again.refresh]).toEqual([200, successor.refresh])
  else expect(again).toMatchObject({ status: path.refused.status, body: path.refused.reused })
}

const vendors = refreshingPaths.filter(({ grace }) => grace !== undefined)

const refreshing = dialectTests.filter((tests) => Object.keys(tests.refreshing).length > 0)
/** The name of the setting of each dialect that has one, as a flag. */
const withGrace = (dialects as readonly Dialect[]).flatMap(({ name, options }) =>
  (Object.values(options) as { readonly name: string }[])
    .filter((option) => option.name.endsWith('_REUSE_GRACE_SECONDS'))
    .map((option) => ({ name, flag: option.name.toLowerCase().replaceAll('_', '-') })),
)

it('has a grace in each dialect with refresh tokens, and in no other', () => {
  expect(new Set(refreshing.map(({ dialect }) => dialect))).toEqual(new Set(withGrace.map(({ name }) => name)))
  expect(new Set(vendors.map(({ source }) => source.dialect))).toEqual(new Set(withGrace.map(({ name }) => name)))
})

describe.each(vendors)('the grace of $name', (path) => {
  const open = (): Promise<Opened> => path.source.open(server)

  it('N-430 a token that is reused from the same address ends no session, and the log distinguishes it', async () => {
    const { refresh: token, subject } = await open()
    const successor = await refresh(server, path, token)
    expectRepeated(path, await refresh(server, path, token), successor)
    expect(newest()).toBe('refresh_repeated')
    if (path.grace === 'refuse') {
      const line = JSON.parse(server.running.log().trimEnd().split('\n').at(-1) ?? '')
      expect(line).toMatchObject({ code: 'grant_invalid', outcome: 'refresh_repeated', subject_id: subject.id })
    }
    expect(await living([token, successor.refresh])).toEqual([false, true])
    expect((await refresh(server, path, successor.refresh)).status).toBe(200)
  })

  it.each([
    ['2001:db8::1', '2001:db8::2', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['198.51.100.7', '198.51.100.8', false],
    ['198.51.100.7', 'spoofed, 198.51.100.7', true],
    ['198.51.100.7', '198.51.100.7, 198.51.100.8', false],
  ])('N-431 a token used from %s that comes again from %s: the same caller is %s', async (first, second, isSame) => {
    const { refresh: token } = await open()
    const successor = await refresh(server, path, token, undefined, first)
    const again = await refresh(server, path, token, undefined, second)
    if (isSame) expectRepeated(path, again, successor)
    else expect(again).toMatchObject({ status: path.refused.status, body: path.refused.reused })
    expect(await living([successor.refresh])).toEqual([isSame])
  })

  it('N-432 the predecessor of a predecessor revokes', async () => {
    const { refresh: token } = await open()
    const second = await refresh(server, path, token)
    const third = await refresh(server, path, second.refresh)
    expect(await refresh(server, path, token)).toMatchObject({ status: path.refused.status, body: path.refused.reused })
    expect(await living([third.refresh])).toEqual([false])
  })

  it('N-433 the 33rd repeat revokes', async () => {
    const { refresh: token } = await open()
    const successor = await refresh(server, path, token)
    for (let n = 0; n < 32; n++) expectRepeated(path, await refresh(server, path, token), successor)
    expect(await living([successor.refresh])).toEqual([true])
    expect((await refresh(server, path, token)).status).toBe(path.refused.status)
    expect(await living([successor.refresh])).toEqual([false])
  })

  it('N-434 a repeat after the grace revokes', async () => {
    const { refresh: token } = await open()
    const successor = await refresh(server, path, token)
    server.time.advance(60)
    expectRepeated(path, await refresh(server, path, token), successor)
    server.time.advance(1)
    expect((await refresh(server, path, token)).status).toBe(path.refused.status)
    expect([newest(), ...(await living([successor.refresh]))]).toEqual(['authorization_reused', false])
  })

  it(`N-430 ${callers} callers share one token for ${rounds} rounds: no session ends, and never are two tokens alive`, async () => {
    let shared = (await open()).refresh
    for (let round = 0; round < rounds; round++) {
      const answers = await Promise.all(Array.from({ length: callers }, () => refresh(server, path, shared)))
      const given = new Set(answers.filter(({ status }) => status === 200).map((answer) => answer.refresh))
      const [successor, ...others] = given
      if (successor === undefined || others.length > 0) expect.fail(`round ${round} gave ${given.size} tokens`)
      if (round % 10 === 0) expect(await living([shared, successor]), `round ${round}`).toEqual([false, true])
      shared = successor
    }
    expect(await living([shared])).toEqual([true])
  })
})

describe('the setting', () => {
  it.each([
    ['0', 0],
    ['5', 6],
  ])('N-435 %s: after %i seconds every dialect revokes', async (seconds, later) => {
    const names = withGrace.map(({ flag }) => [flag, seconds])
    const other = await startRecordedServer({ flags: Object.fromEntries(names) })
    onTestFinished(() => other.close())
    const boss = (await other.user('boss', 'owner')).id
    for (const path of vendors) {
      const { refresh: token } = await path.source.open(other)
      const successor = await refresh(other, path, token)
      other.time.advance(later)
      expect((await refresh(other, path, token)).status).toBe(path.refused.status)
      expect(await living([successor.refresh], other, boss)).toEqual([false])
    }
  })
})

it.each(refreshingPaths.filter(({ grace }) => grace === undefined))(
  'N-435 $name has none: a token that comes again from the same address revokes',
  async (path) => {
    const { refresh: token } = await path.source.open(server)
    const successor = await refresh(server, path, token)
    expect(await refresh(server, path, token)).toMatchObject({ status: path.refused.status, body: path.refused.reused })
    expect(await living([successor.refresh])).toEqual([false])
  },
)

it('N-431 without a trusted proxy the peer is the caller, whatever a header says', async () => {
  const plain = await startRecordedServer({ flags: { 'trusted-proxies': '192.0.2.200' } })
  onTestFinished(() => plain.close())
  const boss = (await plain.user('boss', 'owner')).id
  for (const path of vendors) {
    const { refresh: token } = await path.source.open(plain)
    const successor = await refresh(plain, path, token)
    expectRepeated(path, await refresh(plain, path, token, undefined, elsewhere), successor)
    expect(await living([successor.refresh], plain, boss)).toEqual([true])
  }
})
