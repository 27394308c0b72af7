import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, passwordSession, unwrap } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import { freePort, Program, ServerRun } from '@countersign/server/testing/process'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { installPackedClient } from './packed-client.ts'
import { nodeFlags, repository, run } from './programs.ts'

// Programs are started and packages packed here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: ServerRun

beforeAll(async () => {
  server = await ServerRun.start({ flags: ['--log-level', 'warn'] })
})
afterAll(() => server[Symbol.asyncDispose]())

const example = (name: string) => join(repository, 'examples', name)
const runExample = (name: string, env: Record<string, string>) =>
  run(process.execPath, [...nodeFlags, example(name)], { env: { BASE_URL: server.url, ...env } })

/** Starts an example that prints its URL when it is ready. */
async function start(name: string, environment: Readonly<Record<string, string>>) {
  const program = Program.start({ arguments: [...nodeFlags, example(name)], environment })
  const url = (await program.said((out) => out.endsWith('\n'))).trim()
  return { url, stop: async () => (await program.end('SIGTERM')).code }
}

interface Registered {
  readonly client_id: string
  readonly client_secret: string
}
const register = (name: string, ...more: string[]) =>
  server.json<Registered>(['create-client', '--name', name, ...more])

describe('every example', () => {
  it('is run by a test of its own', () => {
    const tested = readFileSync(import.meta.filename, 'utf8')
    const programs = readdirSync(join(repository, 'examples')).filter((name) => name.endsWith('.ts'))
    expect(programs.length).toBeGreaterThan(0)
    expect(programs.filter((name) => !tested.includes(`describe('${name}'`))).toEqual([])
  })
})

describe('node-client.ts', () => {
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-consumer-'))
    await installPackedClient(folder)
    copyFileSync(example('node-client.ts'), join(folder, 'node-client.mts'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs the program with the packed client; without a password it can only take its session up again. */
  const runPacked = (password?: string) => {
    const env = { BASE_URL: server.url, SESSION: join(folder, 'session'), ...(password && { PASSWORD: password }) }
    return run(process.execPath, [join(folder, 'node-client.mts')], { cwd: folder, env })
  }
  const store = () => fileStore(join(folder, 'session'))

  it('has 20 lines of program', () => {
    const lines = readFileSync(example('node-client.ts'), 'utf8').split('\n')
    expect(lines.filter((line) => line !== '' && !line.startsWith('//')).length).toBeLessThanOrEqual(20)
  })

  it('logs in, outlives the expiry of its token and a restart of the server, and is refused after revocation', async () => {
    const greeting = 'owner is owner; the session ends in 30 days\n'
    expect(await runPacked()).toMatchObject({ status: 1, stderr: 'Please log in again: set PASSWORD\n' })
    expect(await runPacked(server.ownerPassword)).toEqual({ status: 0, stdout: greeting, stderr: '' })

    // As if the program had slept for longer than its token lives.
    const begun = await store().read()
    if (!begun) throw new Error('no session was stored')
    const aged = {
      ...begun,
      retryKey: 'a'.repeat(22),
      issuedAt: begun.issuedAt - 900,
      expiresAt: begun.expiresAt - 900,
    }
    expect(await store().replace(begun, aged)).toBe(true)
    expect(await runPacked()).toEqual({ status: 0, stdout: greeting, stderr: '' })
    expect((await store().read())?.refreshToken).not.toBe(begun.refreshToken)

    await server.restart()
    expect(await runPacked()).toEqual({ status: 0, stdout: greeting, stderr: '' })

    await revokeAllSessions()
    expect(await runPacked()).toMatchObject({ status: 1, stderr: 'Please log in again: set PASSWORD\n' })
  })

  /** From a session of its own, which is the last to go. */
  async function revokeAllSessions(): Promise<void> {
    const auth = passwordSession({ username: 'owner', password: server.ownerPassword })
    const other = createClient({ baseUrl: server.url, auth })
    const { authorizations } = await unwrap(other.GET('/v1/authorizations'))
    for (const { id, current } of authorizations) {
      if (!current) await unwrap(other.DELETE('/v1/authorizations/{id}', { params: { path: { id } } }))
    }
    await other.signOut()
  }
})

describe('client-credentials.ts', () => {
  it('gets a token with its secret and calls with it', async () => {
    const { client_id, client_secret } = await register('nightly')
    const ended = await runExample('client-credentials.ts', { CLIENT_ID: client_id, CLIENT_SECRET: client_secret })
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^standing [0-9a-f]{22}: read as viewer\n$/)
  })

  it('is refused with another secret', async () => {
    const { client_id } = await register('nightly-2')
    const ended = await runExample('client-credentials.ts', { CLIENT_ID: client_id, CLIENT_SECRET: 'wrong' })
    expect(ended).toEqual({ status: 1, stdout: '', stderr: 'Refused: invalid_client\n' })
  })
})

describe('resource-server.ts', () => {
  const reports = 'https://reports.example'
  const other = 'https://other.example'
  let program: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    for (const identifier of [reports, other]) {
      const scopes = ['--scope', 'reports:read Read reports.', '--scope', 'reports:write=manager Write reports.']
      await server.json(['apis', 'add', identifier, '--name', 'Reports', ...scopes])
    }
    const own = await register('reports', '--audience', reports)
    const env = { BASE_URL: server.url, CLIENT_ID: own.client_id, CLIENT_SECRET: own.client_secret, AUDIENCE: reports }
    program = await start('resource-server.ts', env)
  })
  afterAll(async () => expect(await program.stop()).toBe(0))

  const call = async (token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const response = await fetch(program.url, { headers })
    return { status: response.status, body: (await response.json()) as { readonly for?: unknown } }
  }
  const statusOf = async (token?: string) => (await call(token)).status

  it('serves a client with a token for it and the scope, and no other', async () => {
    const reader = await register('reader', '--api', reports, '--api', other, '--scope', 'reports:read')
    const token = await tokenFor(reader, reports)
    expect(await statusOf()).toBe(401)
    expect(await statusOf('made-up')).toBe(401)
    expect(await statusOf(await tokenFor(reader, other))).toBe(401)
    const writer = await register('writer', '--role', 'manager', '--api', reports, '--scope', 'reports:write')
    expect(await statusOf(await tokenFor(writer, reports))).toBe(403)
    const served = { report: 'all is well', for: { client: reader.client_id } }
    expect(await call(token)).toEqual({ status: 200, body: served })
    const revoked = await oauth(reader, '/oauth2/revoke', { token })
    expect(revoked.status).toBe(200)
    expect(await statusOf(token)).toBe(401)
  })

  it('serves a user who logged in for it, and a token that was exchanged, and no token for Countersign', async () => {
    const password = 'correct horse battery staple'
    await server.user({ username: 'ada', password })
    const logIn = async (more: object) => {
      const response = await fetch(`${server.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username: 'ada', password, ...more }),
      })
      expect(response.status).toBe(201)
      return ((await response.json()) as { access_token: string }).access_token
    }
    expect((await call(await logIn({ resource: reports }))).body.for).toEqual({ user: 'ada' })
    const session = await logIn({})
    expect(await statusOf(session)).toBe(401)
    const exchanged = await fetch(`${server.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: 'countersign',
        subject_token: session,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: reports,
      }),
    })
    const { access_token } = (await exchanged.json()) as { access_token: string }
    expect((await call(access_token)).body.for).toEqual({ user: 'ada', through: 'countersign' })
  })

  const oauth = (by: Registered, path: string, form: Record<string, string>) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${by.client_id}:${by.client_secret}`)}` },
      body: new URLSearchParams(form),
    })

  async function tokenFor(by: Registered, resource: string): Promise<string> {
    const response = await oauth(by, '/oauth2/token', { grant_type: 'client_credentials', resource })
    expect(response.status).toBe(200)
    return ((await response.json()) as { access_token: string }).access_token
  }
})

describe('openid-client.ts', () => {
  it('refreshes a session twice', async () => {
    const ended = await runExample('openid-client.ts', { PASSWORD: server.ownerPassword })
    const stdout = 'refreshed; the access token lives 600 s\na new refresh token\n'
    expect(ended).toEqual({ status: 0, stdout, stderr: '' })
  })
})

describe('express-mount.ts', () => {
  it('serves its own pages and the whole API, and stops', async () => {
    // The example does not print a port that it was not given.
    const port = await freePort()
    const program = await start('express-mount.ts', {
      DATA: join(server.folder, 'mounted'),
      PORT: `${port}`,
    })
    expect(program.url).toBe(`http://127.0.0.1:${port}`)
    const own = await fetch(`${program.url}/hello`)
    expect(await own.json()).toEqual({ hello: 'from the program around it' })
    const ready = await fetch(`${program.url}/readyz`)
    expect(ready.status).toBe(200)
    const login = await fetch(`${program.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'nobody', password: 'x' }),
    })
    expect(await login.json()).toMatchObject({ code: 'credentials_invalid' })
    expect(await program.stop()).toBe(0)
  })
})
