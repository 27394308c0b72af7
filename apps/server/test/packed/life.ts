// The life of an installation, from the first start to an upgrade and back, with nothing but the installed package.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import type { ServerRun } from '../../src/testing/process/index.ts'
import type { SchemaFixture } from '../upgrade/fixture.ts'
import { makeOldFolder } from '../upgrade/old-folder.ts'

type Tokens = Readonly<Record<'access_token' | 'refresh_token', string>>

const password = 'correct horse battery staple'

/** The calls that are made, at the server of a run. */
class Caller {
  readonly #server: ServerRun

  constructor(server: ServerRun) {
    this.#server = server
  }

  async logIn(username: string, secret = password): Promise<Tokens> {
    return this.#tokens('/v1/sessions', { username, password: secret })
  }

  refresh(refresh_token: string): Promise<Tokens> {
    return this.#tokens('/v1/sessions/refresh', { refresh_token })
  }

  async clientStatus(credentials: Readonly<Record<'client_id' | 'client_secret', string>>): Promise<number> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...credentials })
    return (await fetch(`${this.#server.url}/oauth2/token`, { method: 'POST', body })).status
  }

  /** What a proxy asks for a page, and whose it is. */
  async guard(token?: string): Promise<string> {
    const credential = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { 'x-forwarded-method': 'GET', ...credential }
    const { status, headers: told } = await fetch(`${this.#server.url}/v1/forward-auth`, { headers })
    return `${status} ${told.get('x-countersign-username') ?? ''}`.trim()
  }

  async #tokens(path: string, body: object): Promise<Tokens> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(this.#server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.ok, `${path}: ${response.status}`).toBe(true)
    return (await response.json()) as Tokens
  }
}

/** Runs a command that must succeed. @returns what it prints */
async function done(server: ServerRun, words: readonly string[]): Promise<string> {
  const { status, out, err } = await server.command(words)
  expect(status, `${words.join(' ')}: ${err}`).toBe(0)
  return out + err
}

/** A page is guarded, a key rotated, a backup made under load, the folder destroyed and restored. */
export async function liveThrough(server: ServerRun, copies: string): Promise<void> {
  const caller = new Caller(server)
  await server.user({ username: 'mia', password }, 'manager')
  const mia = await caller.logIn('mia')
  expect([await caller.guard(), await caller.guard(mia.access_token)]).toEqual(['401', '204 mia'])

  await done(server, ['keys', 'rotate'])
  expect(await done(server, ['keys', 'list'])).toMatch(/signing[\s\S]*published/)
  expect(await caller.guard(mia.access_token)).toBe('204 mia')

  let { refresh_token } = await caller.logIn('mia')
  let isOver = false
  const load = (async () => {
    let count = 0
    for (; !isOver; count++) refresh_token = (await caller.refresh(refresh_token)).refresh_token
    return count
  })()
  const backup = join(copies, 'backup.db')
  expect(await done(server, ['backup', backup])).toContain('Made and checked')
  isOver = true
  expect(await load).toBeGreaterThan(0)
  await done(server, ['doctor'])
  await restoreElsewhere(server, caller, backup, mia)
}

/** The folder is lost, except for the copy of the master key and the backup. */
async function restoreElsewhere(server: ServerRun, caller: Caller, backup: string, mia: Tokens): Promise<void> {
  const key = join(server.folder, 'vault.key')
  await server.end('SIGKILL')
  copyFileSync(join(server.data, 'master.key'), key)
  rmSync(server.data, { recursive: true })
  mkdirSync(server.data, { mode: 0o700 })
  copyFileSync(key, join(server.data, 'master.key'))
  expect(await done(server, ['restore', backup])).toContain('Review who may do what')
  await done(server, ['doctor'])
  await server.serve()
  // There is no record of what was revoked since the backup, so that every session has ended.
  expect(await caller.guard(mia.access_token)).toBe('401')
  expect(await caller.guard((await caller.logIn('mia')).access_token)).toBe('204 mia')
}

/** A folder of an old schema is migrated; a later version migrates it further, and is given up. */
export async function upgradeAndGoBack(server: ServerRun, name: string, fixture: SchemaFixture): Promise<void> {
  const caller = new Caller(server)
  makeOldFolder(server.data, name, fixture)
  await server.serve()
  expect(server.program.log()).toContain('"event":"database_migrated"')
  // The fixture may be of a time to come, by which tokens would have expired.
  await server.stop()
  await done(server, ['doctor', '--reset-clock'])
  await server.serve()
  // What does not expire: the test is run at any time.
  for (const { client_id, client_secret } of Object.values(fixture.clients)) {
    expect(await caller.clientStatus({ client_id, client_secret })).toBe(200)
  }
  expect(await caller.guard((await caller.logIn('ada', fixture.password)).access_token)).toBe('204 ada')
  await server.stop()

  const db = new DatabaseSync(server.database)
  db.exec("insert into schema_versions select max(version) + 1, 'later', 0 from schema_versions")
  db.close()
  const refused = await server.command(['serve', '--port', '0'])
  expect(refused.status).toBe(1)
  const [, way = ''] = /go back with "countersign ([^"]+)"/.exec(refused.err) ?? []
  await done(server, way.replace(` --data ${server.data}`, '').split(' '))
  await done(server, ['doctor', '--reset-clock'])
  await server.serve()
  expect(await caller.guard((await caller.logIn('ada', fixture.password)).access_token)).toBe('204 ada')
}
