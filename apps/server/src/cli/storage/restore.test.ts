import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { dialectTests } from '../../../test/dialects.ts'
import { runCommand, ServerRun } from '../../testing/process/server-run.ts'
import { startTestServer } from '../../testing/test-server.ts'
import { run } from '../testing/run-program.ts'

const password = 'correct horse battery staple'
const issuer = 'https://auth.test'
const login = { username: 'mia', password }

let folder: string
let data: string
let backup: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restore-'))
  data = join(folder, 'data')
  backup = join(folder, 'backup.db')
  await at(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])
  await at(['create-user', '-u', 'ada', '-g', 'viewer', '--password-stdin'])
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (args: readonly string[], where = data) => run([...args, '--data', where], { stdin: password })
const json = async <T>(args: readonly string[], where = data): Promise<T> => {
  const { status, out, err } = await at([...args, '--json'], where)
  expect(err).not.toContain('countersign:')
  expect(status).toBe(0)
  return JSON.parse(out) as T
}

type Call = (method: string, path: string, options?: { token?: string; body?: object }) => Promise<Answer>

/** Calls a server on the folder, with a token or without. */
const withServer = async <T>(work: (call: Call) => Promise<T>, where = data): Promise<T> => {
  const server = await startTestServer({ data: where, flags: { issuer } })
  try {
    return await work(async (method, path, { token, body } = {}) => {
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      }
      const response = await server.fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      const text = await response.text()
      return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as Answer['json'] }
    })
  } finally {
    await server.close()
  }
}

interface Answer {
  readonly status: number
  readonly json: {
    readonly [name: string]: unknown
    readonly access_token: string
    readonly token: string
    readonly id: string
  }
}

/** A session, two personal tokens and a client, as they are at the time of the backup. */
const makeCredentials = () =>
  withServer(async (call) => {
    const session = (await call('POST', '/v1/sessions', { body: login })).json.access_token
    const personal = async (label: string) =>
      (await call('POST', '/v1/tokens', { token: session, body: { label } })).json
    const tokens = [await personal('one'), await personal('two')] as const
    expect(tokens[0].token).toMatch(/^cs_pat_/)
    return { session, tokens }
  })

const client = () => json<{ client_id: string; client_secret: string }>(['create-client', '--name', 'nightly'])

const accepted = async (token: string, where = data): Promise<boolean> =>
  withServer(async (call) => {
    const { status } = await call('GET', '/v1/me', { token })
    return status === 200
  }, where)

const granted = async ({ client_id, client_secret }: Awaited<ReturnType<typeof client>>, where = data) => {
  const server = await startTestServer({ data: where, flags: { issuer } })
  const { status } = await server.fetch('/oauth2/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  await server.close()
  return status === 200
}

describe('backup', () => {
  it('N-232 N-500 makes a file that only its owner can read, and says that the master key is not in it', async () => {
    const { status, out, err } = await at(['backup', backup])
    expect({ status, err }).toEqual({ status: 0, err: `data folder: ${data}\n` })
    expect(out).toMatch(/^Made and checked \S+backup\.db, \d+ bytes\. The master key \S+master\.key is not in it\.\n$/)
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    const again = await at(['backup', backup])
    expect(again).toEqual({
      status: 1,
      out: '',
      err: `countersign: ${backup} is there already: a backup replaces no file\n`,
    })
    const made = await json<object>(['backup', `${backup}.2`])
    expect(Object.keys(made)).toEqual(['file', 'bytes', 'schema_version'])
  })
})

describe('restore', () => {
  it('N-501 into an empty folder, with the master key: everything ends, or everything lives on where that is typed', async () => {
    const { session, tokens } = await makeCredentials()
    const machine = await client()
    await at(['backup', backup])
    for (const [flags, lives] of [
      [[], false],
      [['--keep-credentials'], true],
    ] as const) {
      const other = join(folder, `empty-${lives}`)
      mkdirSync(other)
      const early = await at(['restore', backup, ...flags], other)
      expect(early.err).toMatch(
        /^countersign: master key \S+ is missing: put there the one .* or name it with --master-key-file\n$/,
      )
      copyFileSync(join(data, 'master.key'), join(other, 'master.key'))
      const { status, out } = await at(['restore', backup, ...flags], other)
      expect(status).toBe(0)
      expect(out).toContain('Review who may do what:\n  owner    mia\n  viewer   ada\n')
      expect(out).toContain('What was ended since the backup is not known: there was no database here.\n')
      expect(await accepted(session, other)).toBe(lives)
      for (const { token } of tokens) expect(await accepted(token, other)).toBe(lives)
      expect(await granted(machine, other)).toBe(lives)
      await withServer(
        async (call) => expect((await call('POST', '/v1/sessions', { body: login })).status).toBe(201),
        other,
      )
    }
  })

  it('N-232 N-502 N-503 over a later state: nothing that was revoked lives; sessions only where that is typed', async () => {
    const { session, tokens } = await makeCredentials()
    const machine = await client()
    await at(['backup', backup])
    const revokeOne = (token: string, id: string) =>
      withServer(async (call) => expect((await call('DELETE', `/v1/tokens/${id}`, { token })).status).toBe(204))
    await revokeOne(session, tokens[0].id)
    const kept = await json<{ outcome: string; kept: string; carried_over: Record<string, number> }>([
      ...['restore', backup, '--keep-sessions'],
    ])
    expect(kept).toMatchObject({ outcome: 'carried_over', sessions: 'kept', replaced: 'later' })
    expect(kept.carried_over.authorizations_revoked).toBe(1)
    expect(statSync(kept.kept).mode & 0o777).toBe(0o600)
    expect(await accepted(tokens[0].token)).toBe(false)
    expect(await accepted(tokens[1].token)).toBe(true)
    expect(await accepted(session)).toBe(true)
    const { out } = await at(['restore', backup])
    expect(out).toContain('  sessions and tokens revoked or ended: 1\n')
    expect(out).toContain('Every session has ended, and every key set is revoked.\n')
    expect(await accepted(session)).toBe(false)
    expect(await accepted(tokens[0].token)).toBe(false)
    expect(await accepted(tokens[1].token)).toBe(true)
    expect(await granted(machine)).toBe(true)
    const events = await withServer(async (call) => {
      const token = (await call('POST', '/v1/sessions', { body: login })).json.access_token
      return (await call('GET', '/v1/audit?limit=50', { token })).json
    })
    expect(JSON.stringify(events)).toContain('database_restored')
  })

  it('N-506 over a damaged one: every bearer credential ends, and what is to be reviewed is listed', async () => {
    const { session, tokens } = await makeCredentials()
    const machine = await client()
    await at(['backup', backup])
    writeFileSync(join(data, 'countersign.db'), Buffer.alloc(65_536, 7))
    const refused = await at(['restore', backup, '--keep-sessions'])
    expect(refused).toMatchObject({ status: 1, out: '' })
    expect(refused.err).toMatch(/no session can be kept\. Leave --keep-sessions out, or .*--keep-credentials\n$/)
    const restored = await json<object>(['restore', backup])
    expect(restored).toMatchObject({
      outcome: 'credentials_ended',
      replaced: 'damaged',
      people: [
        { username: 'mia', role: 'owner', disabled: false },
        { username: 'ada', role: 'viewer', disabled: false },
      ],
      clients: [{ name: 'nightly', disabled: false }],
    })
    for (const token of [session, ...tokens.map((one) => one.token)]) expect(await accepted(token)).toBe(false)
    expect(await granted(machine)).toBe(false)
  })

  it('N-507 names --backup-master-key-file where the key is another one, and changes nothing', async () => {
    await at(['backup', backup])
    const before = readdirSync(data)
    const key = join(folder, 'other.key')
    writeFileSync(key, Buffer.alloc(32, 7), { mode: 0o600 })
    const { status, err } = await at(['restore', backup, '--master-key-file', key])
    expect(status).toBe(1)
    expect(err).toBe(
      `countersign: master key ${key} does not open ${backup}: --backup-master-key-file names the one that it was made under\n`,
    )
    expect(readdirSync(data)).toEqual(before)
    expect(await at(['restore', join(folder, 'none.db')])).toMatchObject({ status: 1, out: '' })
  })
})

/** What is shown to a server, and the status of an answer that accepts it. */
type Way = readonly [method: string, path: string, options: { token?: string; body?: object }, accepted: number]

/** Credentials of every kind, alive at the time of the backup and ended after it. */
const endAfterBackup = async (): Promise<Readonly<Record<string, Way>>> => {
  for (const name of ['bob', 'eve']) await at(['create-user', '-u', name, '-g', 'viewer', '--password-stdin'])
  const key = await json<object>(['create-access-key', '--account', 'archive'])
  const logIn = async (call: Call, username: string) =>
    (await call('POST', '/v1/sessions', { body: { username, password } })).json as Answer['json'] & {
      readonly refresh_token: string
    }
  const personal = async (call: Call, token: string) =>
    (await call('POST', '/v1/tokens', { token, body: { label: 'one' } })).json
  const given = await withServer(async (call) => {
    const [mia, out, bob, eve] = [
      await logIn(call, 'mia'),
      await logIn(call, 'ada'),
      await logIn(call, 'bob'),
      await logIn(call, 'eve'),
    ]
    const ids = new Map(
      (
        (await call('GET', '/v1/users', { token: mia.access_token })).json.users as { id: string; username: string }[]
      ).map(({ id, username }) => [username, id]),
    )
    return {
      ...{ mia, out, bob, eve, ids },
      mias: await personal(call, mia.access_token),
      bobs: await personal(call, bob.access_token),
      eves: await personal(call, eve.access_token),
    }
  })
  await at(['backup', backup])
  const { mia, out, bob, eve, ids, mias, bobs, eves } = given
  const ways: Readonly<Record<string, Way>> = {
    'a session that was logged out': ['GET', '/v1/me', { token: out.access_token }, 200],
    'its refresh token': ['POST', '/v1/sessions/refresh', { body: { refresh_token: out.refresh_token } }, 200],
    'a personal token that was revoked': ['GET', '/v1/me', { token: mias.token }, 200],
    'a session of a user who was disabled': ['GET', '/v1/me', { token: bob.access_token }, 200],
    'a personal token of a user who was disabled': ['GET', '/v1/me', { token: bobs.token }, 200],
    'a session of a user who was deleted': ['GET', '/v1/me', { token: eve.access_token }, 200],
    'a personal token of a user who was deleted': ['GET', '/v1/me', { token: eves.token }, 200],
    ...Object.fromEntries(
      dialectTests.flatMap(({ dialect, keyLogin }) =>
        keyLogin
          ? [[`an access key that was replaced, at ${dialect}`, ['POST', keyLogin, { body: key }, 200] as const]]
          : [],
      ),
    ),
  }
  await withServer(async (call) => {
    for (const [name, way] of Object.entries(ways)) {
      if (name !== 'its refresh token') expect(await accepts(call, way), name).toBe(true)
    }
    const token = mia.access_token
    const statuses = [
      (await call('DELETE', '/v1/sessions/current', { token: out.access_token })).status,
      (await call('DELETE', `/v1/tokens/${mias.id}`, { token })).status,
      (await call('PATCH', `/v1/users/${ids.get('bob')}`, { token, body: { disabled: true } })).status,
      (await call('DELETE', `/v1/users/${ids.get('eve')}`, { token })).status,
    ]
    expect(statuses).toEqual([204, 204, 200, 204])
  })
  await at(['create-access-key', '--account', 'archive'])
  return ways
}

const accepts = async (call: Call, [method, path, options, accepted]: Way): Promise<boolean> =>
  (await call(method, path, options)).status === accepted

describe('what was revoked after the backup', () => {
  const cases: Readonly<Record<string, (where: string) => Promise<string>>> = {
    'a readable one': async (where) => where,
    'an unreadable one': async (where) => {
      writeFileSync(join(where, 'countersign.db'), Buffer.alloc(65_536, 7))
      return where
    },
    'an empty folder': async (where) => {
      const empty = join(folder, 'empty')
      mkdirSync(empty)
      copyFileSync(join(where, 'master.key'), join(empty, 'master.key'))
      return empty
    },
  }

  it.each(Object.entries(cases))(
    'N-232 N-502 N-506 lives no more where a backup is restored over %s',
    async (_, spoil) => {
      const ways = await endAfterBackup()
      const where = await spoil(data)
      expect(await at(['restore', backup], where)).toMatchObject({ status: 0 })
      await withServer(async (call) => {
        const alive: string[] = []
        for (const [name, way] of Object.entries(ways)) if (await accepts(call, way)) alive.push(name)
        expect(alive).toEqual([])
        expect((await call('POST', '/v1/sessions', { body: login })).status).toBe(201)
      }, where)
      expect((await at(['doctor'], where)).out).not.toMatch(/^fail/m)
    },
  )
})

describe('a server that was killed', () => {
  const startServer = async (): Promise<ServerRun> => {
    const server = await ServerRun.start({ data, flags: ['--log-level', 'warn'] })
    onTestFinished(() => server[Symbol.asyncDispose]())
    return server
  }
  const logIn = (url: string) =>
    fetch(`${url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
    })

  it('N-509 and a copy put under its log: refused by serve whatever was run before, repaired by restore', async () => {
    await at(['backup', backup])
    const server = await startServer()
    const running = await at(['restore', backup])
    expect(running).toMatchObject({ status: 1, out: '' })
    expect(running.err).toMatch(/^countersign: a server, or another command, has \S+ open: stop it first\n$/)
    for (let n = 0; n < 5; n++) expect((await logIn(server.url)).status).toBe(201)
    await server.end('SIGKILL')
    copyFileSync(backup, join(data, 'countersign.db'))
    const doctor = await at(['doctor'])
    expect(doctor.status).toBe(1)
    const refused = await runCommand(['serve', '--port', '0', '--data', data, '--log-level', 'silent'])
    expect(refused).toMatchObject({ status: 1, out: '' })
    expect(refused.err).toMatch(
      /^countersign: \S+ is damaged, and is not served: .* "countersign restore FILE" restores a backup\n$/,
    )
    expect(await at(['restore', backup])).toMatchObject({ status: 0 })
    const again = await startServer()
    expect((await logIn(again.url)).status).toBe(201)
    await again.end('SIGTERM')
    const { status, err } = await again.program.transcript
    // A clean end asks for no check.
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(existsSync(join(data, 'countersign.db-serving'))).toBe(false)
  })

  it('is started again where its database is sound', async () => {
    const server = await startServer()
    expect((await logIn(server.url)).status).toBe(201)
    await server.end('SIGKILL')
    await server.serve()
    expect((await logIn(server.url)).status).toBe(201)
    await server.end('SIGTERM')
    expect((await server.program.transcript).err).toContain('it is checked')
  })

  it('with an overwritten page is not served', async () => {
    const server = await startServer()
    await server.end('SIGKILL')
    const db = new DatabaseSync(join(data, 'countersign.db'))
    db.close()
    const path = join(data, 'countersign.db')
    const content = Buffer.alloc(statSync(path).size - 8192, 7)
    const file = await import('node:fs/promises').then(({ open }) => open(path, 'r+'))
    await file.write(content, 0, content.length, 8192)
    await file.close()
    const refused = await runCommand(['serve', '--port', '0', '--data', data, '--log-level', 'silent'])
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('is damaged, and is not served')
  })
})
