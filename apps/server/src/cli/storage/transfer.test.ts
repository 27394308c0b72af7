import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer } from '../../testing/test-server.ts'
import { run } from '../testing/run-program.ts'

const password = 'correct horse battery staple'
const issuer = 'https://auth.test'

let folder: string
let data: string
let other: string
let file: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-transfer-'))
  ;[data, other, file] = [join(folder, 'data'), join(folder, 'other'), join(folder, 'all.export')]
  expect((await at(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])).status).toBe(0)
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (args: readonly string[], where = data) => run([...args, '--data', where], { stdin: password })
const serverOn = (where: string) => startTestServer({ data: where, flags: { issuer } })

/** A folder with nothing but the master key of the other. */
const withKey = (from = data) => {
  mkdirSync(other, { mode: 0o700 })
  cpSync(join(from, 'master.key'), join(other, 'master.key'))
}

describe('export and import', () => {
  it('N-724 moves a database: who was logged in still is, what was revoked still is, and the key set signs on', async () => {
    const made = await (async () => {
      const server = await serverOn(data)
      const session = await server.login('mia')
      const call = (path: string, method: string, token: string, body?: object) =>
        server.fetch(path, {
          method,
          headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
        })
      const personal = async (label: string) =>
        (await (await call('/v1/tokens', 'POST', session.access_token, { label })).json()) as {
          token: string
          id: string
        }
      const [kept, revoked] = [await personal('kept'), await personal('revoked')]
      expect((await call(`/v1/tokens/${revoked.id}`, 'DELETE', session.access_token)).status).toBe(204)
      const keys = await (await server.fetch('/.well-known/jwks.json')).json()
      await server.close()
      return { session, kept: kept.token, revoked: revoked.token, keys }
    })()
    const exported = await at(['export', file])
    expect(exported).toMatchObject({ status: 0, err: `data folder: ${data}\n` })
    expect(exported.out).toMatch(/^Exported \d+ rows to .*all\.export\. The master key .*master\.key is not in it\.\n/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    withKey()
    const imported = await at(['import', file], other)
    expect(imported.err).toBe(`data folder: ${other}\n`)
    expect(imported.out).toMatch(/^Imported \d+ rows from .*all\.export, exported .*\.\n$/)

    const server = await serverOn(other)
    const me = async (token: string) =>
      (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
    expect([await me(made.session.access_token), await me(made.kept), await me(made.revoked)]).toEqual([200, 200, 401])
    const refreshed = await server.fetch('/v1/sessions/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: made.session.refresh_token }),
    })
    expect(refreshed.status).toBe(200)
    expect(await (await server.fetch('/.well-known/jwks.json')).json()).toEqual(made.keys)
    await server.close()
    expect((await at(['doctor'], other)).status).toBe(0)
  })

  it('N-725 has no secret in it that a caller could present, and no master key', async () => {
    const server = await serverOn(data)
    const session = await server.login('mia')
    await server.close()
    await at(['export', file])
    const text = readFileSync(file, 'utf8')
    const masterKey = readFileSync(join(data, 'master.key'), 'utf8').trim()
    for (const secret of [password, session.access_token, session.refresh_token, masterKey]) {
      expect(text).not.toContain(secret)
    }
  })

  it('is refused while a server runs, unless it is told that it may be a copy', async () => {
    const server = await serverOn(data)
    expect(await at(['export', file])).toMatchObject({
      status: 1,
      err: `countersign: a server, or another command, has ${join(data, 'countersign.db')} open: stop it first\n`,
    })
    const { status, out } = await at(['export', file, '--live', '--json'])
    expect([status, Object.keys(JSON.parse(out))]).toEqual([0, ['file', 'rows', 'schema']])
    expect(await at(['export', file, '--live'])).toMatchObject({
      status: 1,
      err: `countersign: ${file} exists already: name a new file\n`,
    })
    await server.close()
  })

  it('is refused into a database that holds something, without the key, with another key, and from another file', async () => {
    await at(['export', file])
    expect((await at(['import', file])).err).toMatch(/all\.export: the database is not empty: there are rows in \w+\n$/)
    expect((await at(['import', file], other)).err).toContain(`there is no ${other}`)
    mkdirSync(other, { mode: 0o700 })
    expect((await at(['import', file], other)).err).toMatch(/master key .* is missing: put there the one/)
    const third = join(folder, 'third')
    await at(['create-user', '-u', 'ada', '-g', 'owner', '--password-stdin'], third)
    cpSync(join(third, 'master.key'), join(other, 'master.key'))
    expect((await at(['import', file], other)).err).toMatch(/master key .* does not open .*all\.export/)
    writeFileSync(`${file}.2`, 'anything')
    expect((await at(['import', `${file}.2`], other)).err).toMatch(/all\.export\.2: it is no export of Countersign\n$/)
    expect((await at(['import', `${file}.3`], other)).err).toMatch(/all\.export\.3 cannot be read\n$/)
    // The refusals left it empty.
    cpSync(join(data, 'master.key'), join(other, 'master.key'))
    expect((await at(['import', file], other)).status).toBe(0)
  })
})
