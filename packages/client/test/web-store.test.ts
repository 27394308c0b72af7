// Sessions in a browser: four tabs on one session, and what happens where nothing can be stored.
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, passwordSession, type SessionRecord, unwrap } from '@countersign/client'
import { webStore } from '@countersign/client/web'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startHttpServer } from '../src/testing/http-server.ts'
import { codeAt } from './authenticator.ts'
import { type CuttingProxy, type Fate, startCuttingProxy } from './cutting-proxy.ts'
import { installPackedClient } from './packed-client.ts'
import { chromium, inBrowser } from './runtimes/chromium.ts'

const password = 'correct horse battery staple'

const refreshCall = 'POST /v1/sessions/refresh'
/** An hour as `pnpm campaign sharing` runs it. */
const sharedMinutes = process.env.COUNTERSIGN_WHOLE === 'sharing' ? 60 : 25
const stepSeconds = 30
/** What the clients are told. The server's own tokens live longer, so that a refresh is never due at the server. */
const accessSeconds = 60
const retryWindowSeconds = 10

let folder: string
let executable: string | undefined
const time = testClock()
let server: TestServer

beforeAll(async () => {
  executable = await chromium.find()
  if (executable === undefined) return
  folder = await mkdtemp(join(tmpdir(), 'countersign-tabs-'))
  await installPackedClient(folder)
  for (const name of ['life.mjs', 'tab.mjs']) {
    await copyFile(new URL(`./runtimes/${name}`, import.meta.url), join(folder, name))
  }
  server = await startTestServer({
    clock: time,
    users: [{ username: 'owner', role: 'owner', password }],
    settings: { 'retry-window-seconds': `${retryWindowSeconds}` },
  })
}, 240_000)
afterAll(async () => {
  await server?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** Cuts one answer in twenty: of the refreshes, and of everything else. */
function oneInTwenty(): (call: string) => Fate {
  const [counts, cuts] = [new Map<string, number>(), { refresh: 0, other: 0 }]
  return (call) => {
    const kind = call === refreshCall ? 'refresh' : 'other'
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    // The first refresh is among them.
    if (count % 20 !== (kind === 'refresh' ? 1 : 0)) return 'delivered'
    cuts[kind] += 1
    return cuts[kind] % 2 === 1 ? 'answer lost' : 'answer cut'
  }
}

/** Runs work in a browser whose pages reach the server through a network with these faults. */
async function inTabs<Result>(
  work: (open: () => Promise<Page>, proxy: CuttingProxy, context: BrowserContext) => Promise<Result>,
  fateOf: (call: string) => Fate = () => 'delivered',
): Promise<Result> {
  const told = { expires_in: accessSeconds }
  const proxy = await startCuttingProxy(server.url, { fateOf, told })
  onTestFinished(proxy.close)
  const place = { folder, baseUrl: proxy.url, password }
  return inBrowser(executable ?? '', place, (open, context) => work(open, proxy, context), ['tab.mjs'])
}

/** Creates a user with a password and an authenticator. @returns The code that the authenticator shows. */
async function codeOf(username: string): Promise<string> {
  const owner = createClient({ baseUrl: server.url, auth: passwordSession({ username: 'owner', password }) })
  const body = { username, role: 'viewer' as const, required_factors: ['password' as const, 'totp' as const], password }
  const { totp } = await unwrap(owner.POST('/v1/users', { body }))
  await owner.signOut()
  return codeAt(totp?.secret ?? '', time.now())
}

/** Evaluates an expression of what `tab.mjs` exports. */
const inTab = (page: Page, expression: string) => page.evaluate(`import('/tab.mjs').then((tab) => ${expression})`)

const record: SessionRecord = {
  retryKey: 'a'.repeat(22),
  kind: 'password',
  baseUrl: 'https://auth.example',
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  issuedAt: 1_800_000_000,
  expiresAt: 1_800_000_600,
}
const json = JSON.stringify

describe('tabs of a browser', { timeout: 180_000 }, () => {
  beforeEach((context) => {
    if (executable === undefined) context.skip(`no Chromium here (${chromium.install})`)
  })

  it.each(['with Web Locks', 'without Web Locks'])(
    `four share a session through ${sharedMinutes} minutes of refreshes, one answer in twenty cut, and none is logged out: %s`,
    async (kind) => {
      const before = await server.auditCounts()
      const outcome = await inTabs(async (open, proxy, context) => {
        if (kind === 'without Web Locks') {
          await context.addInitScript("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })")
        }
        const tabs = await Promise.all([open(), open(), open(), open()])
        await Promise.all(tabs.map((tab, index) => inTab(tab, `tab.begin(${index === 0 ? json(password) : ''})`)))
        const results: { served?: string; lost?: string }[] = []
        const callAt = async (pages: readonly Page[], seconds: number) => {
          const told = await Promise.all(pages.map((tab) => inTab(tab, `tab.callAt(${seconds})`)))
          results.push(...(told as { served?: string; lost?: string }[][]).flat())
        }
        await callAt(tabs.slice(0, 1), 0)
        for (let seconds = 0; seconds <= sharedMinutes * 60; seconds += stepSeconds) {
          await callAt(tabs, seconds)
          time.advance(stepSeconds)
          // Every ten minutes one is loaded anew: it remembers nothing but the store.
          const reloaded = seconds % 600 === 0 ? tabs[1 + ((seconds / 600) % 3)] : undefined
          await reloaded?.reload()
          if (reloaded) await inTab(reloaded, 'tab.begin()')
        }
        const found = await Promise.all(tabs.map((tab) => inTab(tab, 'tab.elsewhere()')))
        return { results, found, refreshes: proxy.seen(refreshCall) }
      }, oneInTwenty())

      const { results, found, refreshes } = outcome
      const after = await server.auditCounts()
      const added = (action: string) => (after[action] ?? 0) - (before[action] ?? 0)
      const [served, lost] = [results.filter(({ served }) => served), results.filter(({ lost }) => lost)]
      const cut = refreshes.filter(({ fate }) => fate !== 'delivered').length
      const report = json({ kind, calls: results.length, lost: lost.length, refreshes: refreshes.length, cut })
      // Nobody was refused, and all were served by one session.
      expect(results.length - served.length - lost.length, report + json(results.filter((r) => !r.served))).toBe(0)
      expect(new Set(served.map(({ served }) => served)).size, report).toBe(1)
      expect(
        refreshes.filter(({ status = 200 }) => status !== 200),
        report,
      ).toEqual([])
      expect(added('authorization_created'), report).toBe(1)
      expect(added('authorization_reused'), report).toBe(0)
      expect(added('authorization_rotated'), report).toBeGreaterThanOrEqual(
        (sharedMinutes * 60) / (accessSeconds + stepSeconds),
      )
      expect(cut, report).toBeGreaterThanOrEqual(2)
      // One tab refreshes while the others wait: only what was lost is sent again.
      if (kind === 'with Web Locks') expect(refreshes.length - cut, report).toBe(added('authorization_rotated'))
      expect(found).toEqual(Array(4).fill({ local: {}, session: {}, cookies: '' }))
    },
  )

  it('replace a record once, whichever of them tries', async () => {
    await inTabs(async (open) => {
      const tabs = await Promise.all([open(), open(), open(), open()])
      const [first] = tabs as [Page, ...Page[]]
      expect(await inTab(first, `tab.store.replace(undefined, ${json(record)})`)).toBe(true)
      for (let turn = 0; turn < 20; turn += 1) {
        const spent = await inTab(first, 'tab.store.read()')
        const next = (index: number) => json({ ...record, retryKey: `key-${turn}-${index}` })
        const tries = tabs.map((tab, index) => inTab(tab, `tab.store.replace(${json(spent)}, ${next(index)})`))
        const replaced = await Promise.all(tries)
        expect(replaced.filter(Boolean)).toHaveLength(1)
        const stored = (await inTab(first, 'tab.store.read()')) as SessionRecord
        expect(stored.retryKey).toBe(`key-${turn}-${replaced.indexOf(true)}`)
      }
      expect(await inTab(first, 'tab.store.read().then((stored) => tab.store.replace(stored, undefined))')).toBe(true)
      expect(await inTab(first, 'tab.store.read()')).toBeUndefined()
    })
  })

  it('wait for the one that has reserved space, and go on when it is closed', async () => {
    await inTabs(async (open) => {
      const [holder, other] = [await open(), await open()]
      await inTab(holder, 'tab.store.reserve().then(() => {})')
      await inTab(other, 'void (globalThis.reserved = tab.store.reserve().then((space) => space.release()))')
      await other.evaluate(`(async () => {
        while ((await navigator.locks.query()).pending.length === 0) await new Promise(requestAnimationFrame)
      })()`)
      await holder.close()
      await other.evaluate('globalThis.reserved')
      expect(await other.evaluate('navigator.locks.query().then(({ held }) => held)')).toEqual([])
    })
  })

  it.each(['for the password', 'for a code'])('ask the user %s once, in one of them', async (kind) => {
    const username = kind === 'for a code' ? 'coder' : 'owner'
    const given = json(username === 'coder' ? await codeOf(username) : { username, password })
    const before = await server.auditCounts()
    await inTabs(async (open, proxy) => {
      const tabs = await Promise.all([open(), open(), open(), open()])
      const [first] = tabs as [Page, ...Page[]]
      const known = username === 'coder' ? `${json(username)}, ${json(password)}` : ''
      for (const tab of tabs) await inTab(tab, `(tab.beginAsking(${known}), void (globalThis.calls = tab.callAt(0)))`)
      await first.evaluate(`(async () => {
        while ((await navigator.locks.query()).pending.length < 3) await new Promise(requestAnimationFrame)
      })()`)
      await Promise.all(tabs.map((tab) => inTab(tab, `tab.answer(${given})`)))
      const results = (await Promise.all(tabs.map((tab) => tab.evaluate('globalThis.calls')))).flat() as object[]
      expect(results).toEqual(Array(8).fill({ served: (results[0] as { served?: string }).served }))
      const prompts = await Promise.all(tabs.map((tab) => inTab(tab, 'tab.prompted()')))
      expect(prompts.toSorted()).toEqual([0, 0, 0, 1])
      expect(proxy.seen('POST /v1/sessions')).toHaveLength(1)
    })
    const after = await server.auditCounts()
    expect((after.authorization_created ?? 0) - (before.authorization_created ?? 0)).toBe(1)
  })

  it('send nothing where there is no space, and say so', async () => {
    await inTabs(async (open, proxy, context) => {
      const page = await open()
      const session = await context.newCDPSession(page)
      const origin = new URL(page.url()).origin
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
      expect(await inTab(page, `tab.told(() => tab.store.replace(undefined, ${json(record)}))`)).toMatchObject({
        reason: 'QuotaExceededError',
      })
      await inTab(page, `tab.begin(${json(password)})`)
      const [failed] = (await inTab(page, 'tab.callAt(0)')) as [{ failed: string }]
      expect(failed.failed).toMatch(/^WebStoreError: No session can be kept .+: there is no space left/)
      expect(proxy.seen('POST /v1/sessions')).toEqual([])
      // When there is space again, the lock is free.
      await session.send('Storage.overrideQuotaForOrigin', { origin })
      expect(await inTab(page, 'tab.callAt(0)')).toEqual(Array(2).fill({ served: expect.any(String) }))
    })
  })

  it('refuse what is stored but is no session, without quoting it', async () => {
    await inTabs(async (open) => {
      const page = await open()
      await inTab(page, `tab.store.replace(undefined, ${json({ ...record, kind: 'other', accessToken: 'secret-1' })})`)
      const told = await inTab(page, 'tab.told(() => tab.store.read())')
      expect(told).toMatchObject({ code: 'store_unusable', reason: 'not_a_session' })
      expect(json(told)).not.toContain('secret-1')
    })
  })

  it('in a sandboxed frame have no storage, and say so', async () => {
    await inTabs(async (open) => {
      const page = await open()
      const told = await page.evaluate(`new Promise((resolve) => {
        addEventListener('message', ({ data }) => resolve(data))
        const frame = document.createElement('iframe')
        frame.sandbox = 'allow-scripts'
        const map = document.querySelector('script').textContent.replaceAll('"/', '"' + location.origin + '/')
        frame.srcdoc = '<script type="importmap">' + map + '</' + 'script><script type="module">' +
          "import { webStore } from '@countersign/client/web'\\n" +
          "webStore().reserve().catch(({ code, reason }) => parent.postMessage({ code, reason }, '*'))" + '</' + 'script>'
        document.body.append(frame)
      })`)
      expect(told).toEqual({ code: 'store_unusable', reason: 'SecurityError' })
    })
  })
})

it('a runtime without IndexedDB gets an error before anything is sent', async () => {
  const unreached = await startHttpServer(() => ({ status: 500 }))
  const client = createClient({
    baseUrl: unreached.url,
    auth: passwordSession({ username: 'ada', password, store: webStore() }),
  })
  const refusal = { name: 'WebStoreError', code: 'store_unusable', reason: 'no_indexeddb' }
  await expect(client.GET('/v1/me')).rejects.toMatchObject(refusal)
  await expect(webStore().reserve?.()).rejects.toMatchObject(refusal)
  expect(unreached.received).toEqual([])
})
