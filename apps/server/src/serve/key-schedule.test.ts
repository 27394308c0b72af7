import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fewestRotationDays, mostScheduledSets, publishBeforeUseSeconds } from '@countersign/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../cli/testing/run-program.ts'
import { keyRetention } from '../compose/authority.ts'
import { readConfig } from '../config/read-config.ts'
import { dialects } from '../dialects/registry.ts'
import { ServerRun } from '../testing/process/index.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { rotateOnSchedule } from './key-schedule.ts'

const day = 86_400
const start = 1_800_000_000

/** Both clocks go on together; the wall clock can jump. */
class JumpingTime {
  #monotonic = 0
  #offset: number

  constructor(seconds = start) {
    this.#offset = seconds * 1000
  }

  wall(): number {
    return this.#offset + this.#monotonic
  }

  monotonic(): number {
    return this.#monotonic
  }

  pass(seconds: number): void {
    this.#monotonic += seconds * 1000
  }

  jump(seconds: number): void {
    this.#offset += seconds * 1000
  }
}

let data: string
let servers: TestServer[]
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'countersign-schedule-'))
  servers = []
})
afterEach(async () => {
  await closeAll()
  rmSync(data, { recursive: true })
})

const closeAll = () => Promise.all(servers.splice(0).map((server) => server.close()))
const open = async (time: JumpingTime, flags: Readonly<Record<string, string>> = {}) => {
  const server = await startTestServer({ data, time, cheapHashes: true, flags })
  servers.push(server)
  return server
}
/** What the server does every ten minutes, and after the clock's mark was stored. */
const round = async ({ authority }: TestServer) => {
  await authority.clock.exchange(authority.store.marks)
  await rotateOnSchedule(authority)
}
const countOf = async ({ authority }: TestServer) => (await authority.store.keys.list()).length

describe('the schedule of a server', () => {
  it('makes the next key after 90 days, publishes it before it signs, and ends no token', async () => {
    const time = new JumpingTime()
    const server = await open(time)
    await server.user('vera', 'viewer')
    time.pass(90 * day - 1)
    await round(server)
    expect(await countOf(server)).toBe(1)
    const { access_token } = await server.login('vera')
    time.pass(1)
    await round(server)
    await round(server)
    expect(server.log()).toContain(`"event":"keys_rotated","seconds":${publishBeforeUseSeconds}`)
    const jwks = async () =>
      ((await (await server.fetch('/oauth2/jwks')).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
    const [first, second, ...more] = await jwks()
    expect(more).toEqual([])
    const signer = async () => {
      const [header = ''] = (await server.login('vera')).access_token.split('.')
      return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
    }
    expect(await signer()).toBe(first)
    time.pass(publishBeforeUseSeconds)
    expect(await signer()).toBe(second)
    const me = await server.fetch('/v1/me', { headers: { authorization: `Bearer ${access_token}` } })
    expect(me.status).toBe(200)
    const entries = await server.authority.store.audit.list({ limit: 50 })
    const entry = entries.find(({ action }) => action === 'keys_rotated')
    expect(entry).toMatchObject({ action: 'keys_rotated', detail: { number: 2, kid: second, scheduled: true } })
    expect(entry).not.toHaveProperty('actor')
  })

  it('makes one key where several servers have one folder', async () => {
    const time = new JumpingTime()
    const all = [await open(time), await open(time), await open(time)]
    time.pass(91 * day)
    await Promise.all(all.map(round))
    await Promise.all(all.map(round))
    expect(await Promise.all(all.map(countOf))).toEqual([2, 2, 2])
    expect(all.filter((server) => server.log().includes('"event":"keys_rotated"'))).toHaveLength(1)
  })

  it('is off with 0, and has another term if another is configured', async () => {
    const time = new JumpingTime()
    const off = await open(time, { 'key-rotation-days': '0' })
    time.pass(3000 * day)
    await round(off)
    expect(await countOf(off)).toBe(1)
    const often = await open(time, { 'key-rotation-days': '2' })
    for (let days = 0; days < 20; days++) {
      await round(often)
      time.pass(day)
    }
    // Each is used for two days and the six minutes before its successor signs.
    expect(await countOf(often)).toBe(8)
  })

  it('does not run out of numbers, even if a key is used for the shortest configurable time', () => {
    const kept = keyRetention.longestRefreshSeconds / (fewestRotationDays * day)
    expect(kept + 2).toBeLessThan(mostScheduledSets)
    expect(() =>
      readConfig({ flags: { 'key-rotation-days': `${fewestRotationDays - 1}` }, env: {} }, dialects),
    ).toThrow('--key-rotation-days "1" is not 0, or a whole number from 2 to 3650')
  })
})

describe('N-712 a clock that jumps', () => {
  it('makes no key due while the server runs: ahead by years, and back', async () => {
    const time = new JumpingTime()
    const server = await open(time)
    for (const years of [10, -10, -30, 30, 1, -1]) {
      time.jump(years * 365 * day)
      for (let hours = 0; hours < 5; hours++) {
        time.pass(3600)
        await round(server)
      }
    }
    expect(await countOf(server)).toBe(1)
    time.pass(90 * day)
    await round(server)
    expect(await countOf(server)).toBe(2)
  })

  it('postpones a key that is due while it is ahead, says so, and makes it afterwards', async () => {
    const time = new JumpingTime()
    const server = await open(time)
    time.pass(90 * day)
    time.jump(3650 * day)
    await round(server)
    expect(await countOf(server)).toBe(1)
    expect(server.log()).toMatch(/"event":"key_rotation_postponed",.*"outcome":"clock_ahead"/)
    time.jump(-3650 * day)
    await round(server)
    expect(await countOf(server)).toBe(2)
  })

  it('makes one key at a start with a wrong clock, and one when it was reset, however often it is looked', async () => {
    await open(new JumpingTime())
    await closeAll()
    const wrong = new JumpingTime(start + 3650 * day)
    for (let starts = 0; starts < 3; starts++) {
      const server = await open(wrong)
      await round(server)
      wrong.pass(3600)
      await round(server)
      expect(await countOf(server)).toBe(2)
      await closeAll()
    }
    // The clock is right again, and the stored mark is still ahead.
    const right = new JumpingTime(start + day)
    const server = await open(right)
    for (let days = 0; days < 30; days++) {
      right.pass(day)
      await round(server)
    }
    expect(await countOf(server)).toBe(2)
    await server.authority.useCases.installation.resetClock({ context: { address: undefined, requestId: undefined } })
    for (let days = 0; days < 80; days++) {
      await round(server)
      right.pass(day)
    }
    expect(await countOf(server)).toBe(3)
  })
})

describe('serve', () => {
  it('looks at the schedule when it starts, and keys list says when the next key is due', async () => {
    await open(new JumpingTime(Math.floor(Date.now() / 1000) - 100 * day))
    await closeAll()
    const list = (...args: string[]) => run(['keys', 'list', '--data', data, ...args])
    expect((await list()).out).toContain(
      'The next key set is due: a server makes it within 10 minutes, or when it starts.\n',
    )
    expect((await list('--key-rotation-days', '0')).out).toContain('No server makes the next key set')
    await using server = await ServerRun.start({ data })
    expect(server.program.log()).toContain('"event":"keys_rotated"')
    const { out } = await list()
    expect(out).toMatch(/A running server makes the next key set in 90 days \(/)
    const { keys, next_rotation_at } = JSON.parse((await list('--json')).out) as {
      keys: { activates_at: number }[]
      next_rotation_at: number
    }
    expect(next_rotation_at).toBe((keys.at(-1)?.activates_at ?? 0) + 90 * day)
  })
})
