import { mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemTime } from '../adapters/system-clock.ts'
import { readConfig } from '../config/read-config.ts'
import { createLogger } from '../log/logger.ts'
import { type Authority, openAuthority } from './authority.ts'

let data: string
let lines: string[]
let opened: Authority[]
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'countersign-authority-')), 'data')
  lines = []
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((authority) => authority.close()))
  rmSync(join(data, '..'), { recursive: true })
})

const open = async (parts: Partial<Parameters<typeof openAuthority>[1]> = {}): Promise<Authority> => {
  const logger = createLogger({ level: 'info', sink: { writableLength: 0, write: (line) => lines.push(line) > 0 } })
  const authority = await openAuthority(readConfig({ flags: { data }, env: {} }, []), { logger, ...parts })
  opened.push(authority)
  return authority
}

describe('opening the data folder', () => {
  it('makes folder, master key, keys and one droplet, and no owner', async () => {
    const { store, droplets, domain } = await open()
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(data, 'countersign.db')).mode & 0o777).toBe(0o600)
    expect(domain.keys().sets).toHaveLength(1)
    expect(domain.keys().current(domain.clock.latest()).algorithm).toBe('ES256')
    expect(await droplets.list()).toMatchObject([{ name: 'first-light', creator: 'owner', state: 'active', number: 0 }])
    expect(await store.users.findOwner()).toBeUndefined()
  })

  it('makes nothing anew the next time, nor what was removed since', async () => {
    const first = await open()
    const [kid] = first.domain.keys().sets.map((set) => set.kid)
    await first.droplets.remove('first-light', { actor: undefined, name: 'nobody', ...localCaller.context })
    await first.close()
    const second = await open()
    expect(second.domain.keys().sets.map((set) => set.kid)).toEqual([kid])
    expect(await second.droplets.list()).toEqual([])
    expect(second.domain.masterKey).toEqual(first.domain.masterKey)
  })

  it('is safe for several processes at once: one folder, one key, one set, one droplet', async () => {
    const all = await Promise.all([open(), open(), open(), open()])
    const kids = new Set(all.flatMap(({ domain }) => domain.keys().sets.map((set) => set.kid)))
    expect(kids.size).toBe(1)
    expect(new Set(all.map(({ domain }) => Buffer.from(domain.masterKey).toString('hex'))).size).toBe(1)
    expect(await all[0]?.droplets.list()).toHaveLength(1)
  })

  it('refuses a missing master key where a database exists, which a new key could not decrypt', async () => {
    await (await open()).close()
    unlinkSync(join(data, 'master.key'))
    await expect(open()).rejects.toThrow('is missing, and the database')
  })

  it('refuses another master key', async () => {
    await (await open()).close()
    unlinkSync(join(data, 'master.key'))
    writeFileSync(join(data, 'master.key'), Buffer.alloc(32), { mode: 0o600 })
    await expect(open()).rejects.toThrow('wrong master key')
  })

  it('warns when the clock is behind the high-water mark of the folder', async () => {
    const first = await open()
    await first.store.marks.raiseHighWater(first.domain.clock.now() + 3600)
    await first.close()
    const { domain } = await open()
    expect(lines.join('')).toContain('clock_behind')
    expect(domain.clock.latest()).toBeGreaterThanOrEqual(domain.clock.now() + 3500)
  })
})

describe('an open authority', () => {
  it('learns of keys that another process made', async () => {
    const [server, command] = [await open(), await open()]
    const { kid } = await command.useCases.keys.rotate('EdDSA', localCaller)
    expect(server.domain.keys().sets).toHaveLength(1)
    await server.reloadKeys()
    expect(server.domain.keys().sets.map((set) => set.kid)).toContain(kid)
    expect(
      server.domain
        .keys()
        .published(server.domain.clock.latest())
        .map((jwk) => jwk.kid),
    ).toContain(kid)
  })

  it('reads the keys no more often than they change', async () => {
    const { store, reloadKeys, domain } = await open()
    const ring = domain.keys()
    const before = store.statistics().reads
    await reloadKeys()
    expect(store.statistics().reads - before).toBe(0)
    expect(domain.keys()).toBe(ring)
  })

  it('runs the use cases: a client gets a token that checks', async () => {
    const { useCases } = await open()
    const { client } = await useCases.clients.create({ name: 'backup' }, localCaller)
    const { accessToken } = await useCases.clientCredentials.issue({ client }, localCaller)
    expect(await useCases.accessTokens.check(accessToken.reveal())).toMatchObject({ outcome: 'active' })
  })

  it('refuses well-known passwords', async () => {
    const { useCases } = await open()
    const user = { username: 'alice', role: 'viewer', requiredFactors: ['password'] } as const
    const attempt = useCases.users.create({ ...user, password: '1qaz2wsx3edc4rfv', secretLater: true }, localCaller)
    await expect(attempt).rejects.toMatchObject({ code: 'password_unacceptable', reason: 'well_known' })
  })

  it('raises an alarm, without the hash, when a stored one is unreadable', async () => {
    const { domain } = await open()
    expect((await domain.hasher.verify('x', '$argon2id$hunter2')).matches).toBe(false)
    expect(lines.join('')).toContain('password_hash_unreadable')
    expect(lines.join('')).not.toContain('hunter2')
  })

  it('writes at its end what was only counted, and the mark of its clock', async () => {
    const first = await open({ time: { ...systemTime, wall: () => 1_900_000_000_000 } })
    const { client } = await first.useCases.clients.create({ name: 'backup' }, localCaller)
    await first.useCases.clientCredentials.issue({ client }, localCaller)
    const before = first.store.statistics().writes
    await first.close()
    await first.close()
    expect(first.store.statistics().writes).toBe(before + 2)
    expect(await (await open()).store.marks.highWater()).toBe(1_900_000_000)
  })
})
