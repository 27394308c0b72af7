import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConsoleFile } from '../carried-files.ts'
import { runCommand, ServerRun } from '../testing/process/server-run.ts'
import { initializeFolder, run } from './testing/run-program.ts'

const isConsoleBuilt = readConsoleFile('index.html') !== undefined

let folder: string
let data: string
let servers: ServerRun[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-serve-'))
  data = join(folder, 'data')
  servers = []
})
afterEach(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  rmSync(folder, { recursive: true })
})

const startServer = async (flags: readonly string[] = [], env?: Readonly<Record<string, string>>) => {
  const server = await ServerRun.start({ data, flags, ...(env ? { env } : {}) })
  servers.push(server)
  return server
}
const stopServer = async (server: ServerRun, signal: NodeJS.Signals = 'SIGTERM') => {
  await server.end(signal)
  return server.program.transcript
}
const login = (url: string, username: string, password: string) =>
  fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })

describe('serve', () => {
  it('I7 makes the owner on an empty folder and prints the password once; started again, only the ready line', async () => {
    const first = await startServer()
    const [, password = ''] = /password: (\S+)$/m.exec(first.announced) ?? []
    expect(password).toMatch(/^[\w-]{24,}$/)
    expect(first.announced.split('\n')).toEqual([
      `The owner is "owner". Shown only this once, password: ${password}`,
      ...(isConsoleBuilt ? [`Log in with a browser: ${first.url}/console`] : []),
      `  printf '{"username":"owner","password":"%s"}' "$PASSWORD" | curl -s ${first.url}/v1/sessions -H 'Content-Type: application/json' -d @-`,
      `  printf 'Authorization: Bearer %s' "$ACCESS_TOKEN" | curl -s ${first.url}/v1/me -H @-`,
      `  ${first.url}/docs`,
      `Countersign listens on ${first.url}`,
      '',
    ])
    const session = (await (await login(first.url, 'owner', password)).json()) as { access_token: string; role: string }
    expect(session.role).toBe('owner')
    const me = await fetch(`${first.url}/v1/me`, { headers: { Authorization: `Bearer ${session.access_token}` } })
    expect(await me.json()).toMatchObject({ username: 'owner', role: 'owner' })
    const { status, err } = await stopServer(first)
    expect(status).toBe(0)
    expect(err).not.toContain(password)
    expect(err).not.toContain(session.access_token)

    await first.serve()
    expect(first.announced).toBe(`Countersign listens on ${first.url}\n`)
    expect((await login(first.url, 'owner', password)).status).toBe(201)
    expect(await stopServer(first, 'SIGINT')).toMatchObject({ status: 0 })
  })

  it('has a log line of every request that it answered, stopped while it is busy', async () => {
    const server = await startServer()
    const answered: string[] = []
    const ask = async () => {
      for (;;) {
        const answer = await fetch(`${server.url}/healthz`).catch(() => undefined)
        if (!answer) return
        answered.push(answer.headers.get('x-request-id') ?? '')
        if (answered.length === 50) server.program.signal('SIGTERM')
      }
    }
    await Promise.all(Array.from({ length: 8 }, ask))
    const { status, err } = await server.program.transcript
    const logged = new Set(err.split('\n').map((line) => /"request_id":"([^"]+)"/.exec(line)?.[1]))
    expect(status).toBe(0)
    expect(answered.length).toBeGreaterThanOrEqual(50)
    expect(answered.filter((id) => !logged.has(id))).toEqual([])
    expect(err.trimEnd().split('\n').at(-1)).toContain('"event":"stopped"')
  })

  it('keeps the owner that create-user made, and makes no other', async () => {
    const args = ['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin', '--data', data]
    expect((await run(args, { stdin: 'correct horse battery staple' })).status).toBe(0)
    const { announced, url } = await startServer()
    expect(announced).toBe(`Countersign listens on ${url}\n`)
  })

  it("refuses to start without an owner where another user has the owner's name", async () => {
    await initializeFolder(data)
    const args = ['create-user', '-u', 'owner', '-g', 'viewer', '--password-stdin', '--data', data]
    await run(args, { stdin: 'correct horse battery staple' })
    const { status, out, err } = await runCommand(['serve', '--port', '0', '--data', data])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(/^countersign: there is no owner, and the name "owner" is taken: .*\n$/)
  })

  it('works beside the admin commands: a user, a client, an unlock and keys made meanwhile count at once', async () => {
    const server = await startServer()
    const password = 'correct horse battery staple'
    const alice = ['create-user', '-u', 'alice', '-g', 'viewer', '--password-stdin', '--data', data]
    expect((await runCommand(alice, { stdin: password })).status).toBe(0)
    for (let guess = 0; guess < 5; guess++) await login(server.url, 'alice', `wrong ${guess}`)
    expect((await login(server.url, 'alice', password)).status).toBe(429)
    const made = await run(['create-client', '--name', 'backup', '--json', '--data', data])
    const client = JSON.parse(made.out) as { client_id: string; client_secret: string }
    const token = await fetch(`${server.url}/oauth2/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(token.status).toBe(200)
    expect((await run(['unlock', '-u', 'alice', '--data', data])).status).toBe(0)
    expect((await login(server.url, 'alice', password)).status).toBe(201)
    // The session of before ends with the new password.
    const session = (await (await login(server.url, 'alice', password)).json()) as { access_token: string }
    await run([...alice, '-r'], { stdin: 'another horse battery staple' })
    const me = await fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${session.access_token}` } })
    expect(me.status).toBe(401)
  })

  it('publishes a key that was made by keys rotate, within 5 seconds', async () => {
    const { url } = await startServer()
    const { out } = await run(['keys', 'rotate', '--json', '--data', data])
    const { kid } = JSON.parse(out) as { kid: string }
    const published = async () => {
      const { keys } = (await (await fetch(`${url}/oauth2/jwks`)).json()) as { keys: { kid: string }[] }
      return keys.map((key) => key.kid)
    }
    await expect.poll(published, { timeout: 5_000, interval: 200 }).toContain(kid)
  })

  it('prints the address and the owner as JSON with --json', async () => {
    const child = await serveJson()
    expect(child).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      issuer: child.url,
      ...(isConsoleBuilt && { console: `${child.url}/console` }),
      owner: { username: 'owner', password: expect.stringMatching(/^[\w-]{24,}$/) },
    })
  })

  it('serves TLS with a certificate of its own', async () => {
    const { url, announced } = await startServer(['--tls-self-signed'])
    expect(url).toMatch(/^https:/)
    expect(announced).toContain('curl -sk https:')
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })

  it('N-533 serves a renewed certificate, by itself and after SIGHUP, keeps the last good one, and never ends by it', async () => {
    const [cert, key] = [join(folder, 'live.pem'), join(folder, 'live.key')]
    const renew = async (name: string, days = 365) => {
      const made = await generate([{ name: 'commonName', value: name }], {
        keyType: 'ec',
        algorithm: 'sha256',
        notBeforeDate: new Date(Date.now() - 800 * 86_400_000),
        notAfterDate: new Date(Date.now() + days * 86_400_000),
      })
      writeFileSync(key, made.private, { mode: 0o600 })
      writeFileSync(cert, made.cert)
    }
    await renew('first', -1)
    const server = await startServer(['--tls-cert', cert, '--tls-key', key])
    const shown = async () => {
      const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const subject = socket.getPeerCertificate().subject.CN
      socket.destroy()
      return subject
    }
    expect(await shown()).toBe('first')
    await renew('second')
    server.program.signal('SIGHUP')
    await expect.poll(shown, { timeout: 20_000 }).toBe('second')
    writeFileSync(cert, 'no certificate')
    server.program.signal('SIGHUP')
    await expect.poll(() => server.program.log(), { timeout: 20_000 }).toContain('"event":"certificate_unusable"')
    expect(await shown()).toBe('second')
    await renew('third')
    await expect.poll(shown, { timeout: 25_000, interval: 200 }).toBe('third')
    const { status, err } = await stopServer(server)
    expect(status).toBe(0)
    expect(err).toContain('"event":"certificate_expired"')
    expect(err).toContain('"event":"certificate_renewed"')
  })

  it('N-536 keeps idle connections for the configured time, and serves the metrics only at their own address', async () => {
    const server = await startServer(['--keep-alive-seconds', '77', '--metrics-listen', '127.0.0.1:0'])
    const told = await fetch(`${server.url}/healthz`)
    expect(told.headers.get('keep-alive')).toBe('timeout=77')
    await told.text()
    const [, port] =
      /"event":"metrics_listening","address":"127\.0\.0\.1","port":(\d+)/.exec(server.program.log()) ?? []
    const metrics = `http://127.0.0.1:${port}`
    expect(await (await fetch(`${metrics}/metrics`)).text()).toContain('# TYPE countersign_requests_total counter')
    for (const elsewhere of [`${server.url}/metrics`, `${metrics}/healthz`]) {
      expect([elsewhere, (await fetch(elsewhere)).status]).toEqual([elsewhere, 404])
    }
    const second = ['serve', '--port', '0', '--data', join(folder, 'second'), '--metrics-listen', `127.0.0.1:${port}`]
    const { status, err } = await runCommand(second)
    expect(status).toBe(1)
    expect(err).toMatch(
      /^countersign: cannot listen on [^\n]*: the address is in use; --metrics-listen HOST:PORT [^\n]*\n$/,
    )
    expect(readdirSync(folder)).toEqual(['data'])
    // The connections that are idle now do not keep it.
    const stopped = await stopServer(server)
    expect(stopped.status).toBe(0)
    expect(stopped.err).not.toContain('connections_cut')
  })

  it('N-530 starts with what a container platform says of a service of its name, and not with a misspelled setting', async () => {
    const links = {
      COUNTERSIGN_SERVICE_HOST: '10.0.0.5',
      COUNTERSIGN_SERVICE_PORT: '4300',
      COUNTERSIGN_PORT: 'tcp://10.0.0.5:4300',
      COUNTERSIGN_PORT_4300_TCP_ADDR: '10.0.0.5',
      COUNTERSIGN_DATA_PORT: 'tcp://10.0.0.6:80',
    }
    const server = await startServer([], links)
    expect((await stopServer(server)).status).toBe(0)
    for (const command of [['doctor'], ['keys', 'list'], ['unlock', '-u', 'owner']]) {
      expect(await run([...command, '--data', data], { env: links })).toMatchObject({
        status: 0,
        err: expect.stringMatching(/^(data folder: .*\n)?$/),
      })
      const misspelled = await run([...command, '--data', data], { env: { ...links, COUNTERSIGN_PROT: '1' } })
      expect(misspelled).toMatchObject({ status: 2, err: 'countersign: COUNTERSIGN_PROT is not a setting\n' })
    }
  })

  it('N-257 says in one line that the port is in use, and creates nothing', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as AddressInfo
    const { status, out, err } = await runCommand(['serve', '--port', String(port), '--data', data])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(
      /^countersign: cannot listen on http:\/\/127\.0\.0\.1:\d+: the address is in use; --port N [^\n]*\n$/,
    )
    expect(readdirSync(folder)).toEqual([])
    squatter.close()
  })

  it('N-257 says in one line why it cannot start', async () => {
    await initializeFolder(data)
    const attempt = (...args: string[]) => runCommand(['serve', '--port', '0', '--data', data, ...args])
    expect(await attempt('--issuer', 'http://auth.example.com')).toMatchObject({ status: 2, out: '' })
    const key = join(folder, 'readable.key')
    writeFileSync(key, Buffer.alloc(32), { mode: 0o644 })
    const readable = await attempt('--master-key-file', key)
    expect(readable).toMatchObject({ status: 1, out: '' })
    expect(readable.err).toMatch(/^countersign: master key .* is open to others.*\n$/)
    const missing = await attempt('--master-key-file', join(folder, 'missing.key'))
    expect(missing).toMatchObject({ status: 1, out: '' })
    expect(missing.err).toMatch(/^countersign: master key .* is missing, and the database.*\n$/)
  })
})

describe('several processes on an empty folder', () => {
  it('create one of everything, whichever is first', async () => {
    const servers = await Promise.all([startServer(), startServer(), startServer()])
    const { out } = await run(['keys', 'list', '--json', '--data', data])
    expect((JSON.parse(out) as { keys: unknown[] }).keys).toHaveLength(1)
    const owners = servers.filter(({ announced }) => announced.includes('password: '))
    expect(owners).toHaveLength(1)
  })
})

async function serveJson(): Promise<{ url: string }> {
  return JSON.parse((await startServer(['--json'])).announced)
}
