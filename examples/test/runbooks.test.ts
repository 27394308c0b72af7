// The commands of docs/runbooks.md, each in its incident.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerRun, type ServerRunOptions } from '@countersign/server/testing/process'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { installedCommand, repository, run } from './programs.ts'
import { snippetsOf } from './snippets.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const page = readFileSync(join(repository, 'docs/runbooks.md'), 'utf8')

/** The blocks of a chapter, in order. Without a title: those before the first chapter. */
function blocksOf(title?: string): readonly string[] {
  const chapters = page.split(/^## /m)
  const text = title === undefined ? chapters[0] : chapters.find((chapter) => chapter.startsWith(`${title}\n`))
  if (text === undefined) throw new Error(`there is no chapter ${title}`)
  return snippetsOf(text).map(({ code }) => code)
}

const password = 'correct horse battery'

class Incident {
  readonly server: ServerRun
  readonly places: Readonly<Record<'BACKUPS' | 'KEYS', string>>
  /** Variables of the shell. */
  readonly variables: Record<string, string> = {}
  readonly #executed = new Map<string, Set<number>>()

  private constructor(server: ServerRun) {
    this.server = server
    this.places = { BACKUPS: join(server.folder, 'backups'), KEYS: join(server.folder, 'keys') }
    for (const place of Object.values(this.places)) mkdirSync(place, { recursive: true })
  }

  static async begin(options: ServerRunOptions = {}): Promise<Incident> {
    const server = await ServerRun.start({ flags: ['--log-level', 'info'], built: true, ...options })
    onTestFinished(() => server[Symbol.asyncDispose]())
    return new Incident(server)
  }

  /** Runs blocks of a chapter in one shell, after those of the introduction if `asOwner`. @returns what they print */
  async follow(title: string, which: readonly number[], asOwner = false): Promise<string> {
    const { status, text } = await this.attempt(title, which, asOwner)
    expect(status, text).toBe(0)
    return text
  }

  async attempt(
    title: string,
    which: readonly number[],
    asOwner = false,
  ): Promise<{ status: number | null; text: string }> {
    const blocks = blocksOf(title)
    const chosen = which.map((at) => blocks[at] ?? `echo "${title} has no block ${at}"; exit 99`)
    const executed = this.#executed.get(title) ?? new Set()
    for (const at of which) executed.add(at)
    this.#executed.set(title, executed)
    const script = [...(asOwner ? blocksOf() : []), ...chosen].join('\n')
    const local = `set -euo pipefail\n${script}`.replaceAll('http://127.0.0.1:4300', this.server.url)
    const env = {
      PASSWORD: this.server.ownerPassword,
      COUNTERSIGN_DATA: this.server.data,
      PATH: [installedCommand(this.server.folder), join(repository, 'node_modules/.bin'), process.env.PATH].join(':'),
      ...this.places,
      ...this.variables,
    }
    const { status, stdout, stderr } = await run('timeout', ['-k', '5', '60', 'bash', '-c', local], { env })
    return { status, text: `${stdout}${stderr}` }
  }

  /** Whether every block of the chapter was run. */
  expectWhole(title: string): void {
    expect([...(this.#executed.get(title) ?? [])].sort()).toEqual(blocksOf(title).map((_, at) => at))
  }

  post(path: string, body: object, token?: string): Promise<Response> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { 'content-type': 'application/json', ...authorization }
    return fetch(`${this.server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  logIn(username: string, secret = password): Promise<Response> {
    return this.post('/v1/sessions', { username, password: secret })
  }

  async session(username: string, secret = password): Promise<{ access_token: string; refresh_token: string }> {
    const response = await this.logIn(username, secret)
    expect(response.status).toBe(201)
    return (await response.json()) as { access_token: string; refresh_token: string }
  }

  get ownersSession() {
    return this.session('owner', this.server.ownerPassword)
  }

  async me(token: string): Promise<number> {
    const response = await fetch(`${this.server.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    return response.status
  }

  metrics(): Promise<string> {
    return fetch(`${this.server.url}/metrics`).then((response) => response.text())
  }

  /** The id of a new user. */
  async user(username: string, role: 'viewer' | 'manager' = 'viewer'): Promise<string> {
    await this.server.user({ username, password }, role)
    const { access_token } = await this.ownersSession
    const headers = { authorization: `Bearer ${access_token}` }
    const response = await fetch(`${this.server.url}/v1/users`, { headers })
    const { users } = (await response.json()) as { users: readonly { id: string; username: string }[] }
    return users.find((user) => user.username === username)?.id ?? ''
  }
}

describe('docs/runbooks.md', () => {
  it('Somebody guesses', async () => {
    const incident = await Incident.begin()
    await incident.user('alice')
    for (let guess = 0; guess < 6; guess++) await incident.logIn('alice', `wrong ${guess} and long enough`)
    expect((await incident.logIn('alice')).status).toBe(429)
    const shown = await incident.follow('Somebody guesses', [0], true)
    expect(shown).toContain('countersign_lockouts_total{reason="account"} 1')
    expect(shown).toContain('"action":"account_locked"')
    await incident.follow('Somebody guesses', [1])
    await incident.follow('Somebody guesses', [2])
    expect((await incident.logIn('alice')).status).toBe(201)
    incident.expectWhole('Somebody guesses')
  })

  it('A refresh token is used twice', async () => {
    const incident = await Incident.begin()
    const title = 'A refresh token is used twice'
    await incident.user('alice')
    const { refresh_token } = await incident.session('alice')
    const { access_token } = await incident.session('alice')
    expect((await incident.post('/v1/sessions/refresh', { refresh_token })).status).toBe(200)
    expect((await incident.post('/v1/sessions/refresh', { refresh_token })).status).toBe(401)
    expect(await incident.metrics()).toContain('countersign_request_errors_total{code="refresh_token_reused"} 1')
    expect(incident.server.program.log()).toContain('"code":"refresh_token_reused"')
    const shown = await incident.follow(title, [0, 1, 2], true)
    expect(shown).toContain("action: 'authorization_reused'")
    expect(shown).toContain('"authorizations":[]')
    expect(await incident.me(access_token)).toBe(401)
    incident.expectWhole(title)
  })

  it('A signing key leaked', async () => {
    const incident = await Incident.begin()
    const title = 'A signing key leaked'
    const first = await incident.ownersSession
    const listed = await incident.follow(title, [0])
    const kid = /\s(\S+)\s+ES256\s+signing/.exec(listed)?.[1] ?? 'none'
    expect(await incident.me(first.access_token)).toBe(401)
    const second = await incident.ownersSession
    expect(await incident.me(second.access_token)).toBe(200)
    await incident.follow(title, [1])
    expect(await incident.me(second.access_token)).toBe(401)
    const after = await incident.follow(title, [2])
    expect(after).toMatch(new RegExp(`${kid}\\s+ES256\\s+revoked`))
    expect(after.slice(after.indexOf('{"keys"'))).not.toContain(kid)
    expect(await incident.me((await incident.ownersSession).access_token)).toBe(200)
    incident.expectWhole(title)
  })

  it('The master key leaked', async () => {
    const incident = await Incident.begin()
    const { server, places } = incident
    const title = 'The master key leaked'
    await incident.user('alice')
    const { access_token } = await incident.session('alice')
    const old = join(places.KEYS, 'leaked.key')
    copyFileSync(join(server.data, 'master.key'), old)
    await server.json(['backup', join(places.BACKUPS, 'before.db')])
    expect((await incident.attempt(title, [0])).status).not.toBe(0)
    await server.stop()
    await incident.follow(title, [0])
    expect(existsSync(join(places.BACKUPS, 'before.db'))).toBe(false)
    await server.serve()
    // Nothing ends by the replacement itself.
    expect(await incident.me(access_token)).toBe(200)
    await incident.follow(title, [1])
    expect(await incident.me(access_token)).toBe(401)
    expect((await incident.logIn('alice')).status).toBe(401)
    expect(await incident.follow(title, [2])).not.toContain('fail')
    expect((await server.command(['doctor', '--master-key-file', old])).status).toBe(1)
    incident.expectWhole(title)
  })

  it('A client secret leaked', async () => {
    const incident = await Incident.begin()
    const title = 'A client secret leaked'
    const { id, secret } = await incident.server.client('backup', 'jwt')
    incident.variables.CLIENT_ID = id
    const token = async (with_: string) => {
      const authorization = `Basic ${Buffer.from(`${id}:${with_}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      const response = await fetch(`${incident.server.url}/oauth2/token`, {
        method: 'POST',
        headers: { authorization },
        body,
      })
      return response.status
    }
    expect(await token(secret)).toBe(200)
    const shown = await incident.follow(title, [0], true)
    const { secret: replacement } = JSON.parse(shown) as { secret: string }
    expect([await token(secret), await token(replacement)]).toEqual([401, 200])
    await incident.follow(title, [1, 2], true)
    expect(await token(replacement)).toBe(401)
    incident.expectWhole(title)
  })

  it('The owner is lost', async () => {
    const incident = await Incident.begin()
    const title = 'The owner is lost'
    const reset = await incident.follow(title, [0])
    const [, printed = ''] = /password: (\S+)/.exec(reset) ?? []
    expect((await incident.logIn('owner', printed)).status).toBe(201)
    incident.variables.PASSWORD = printed
    incident.variables.USER_ID = await incident.server
      .user({ username: 'alice', password })
      .then(() => incident.session('alice'))
      .then(({ access_token }) =>
        fetch(`${incident.server.url}/v1/me`, { headers: { authorization: `Bearer ${access_token}` } }),
      )
      .then(async (response) => ((await response.json()) as { id: string }).id)
    await incident.follow(title, [2], true)
    expect(await incident.follow(title, [3])).toContain('alice')
    // A code is required besides the password now.
    const enrolled = await incident.attempt(title, [1])
    expect(enrolled.status, enrolled.text).toBe(0)
    expect((await incident.logIn('owner', printed)).status).toBe(401)
    incident.expectWhole(title)
  })

  it('The disk is full', async (context) => {
    const disk = await smallDisk()
    if (disk === undefined) context.skip('no file system of 4 MiB can be mounted here')
    const incident = await Incident.begin({ data: join(disk ?? '', 'data') })
    const title = 'The disk is full'
    const { access_token } = await incident.ownersSession
    fill(join(disk ?? '', 'filling'))
    await expect.poll(async () => (await incident.logIn('owner', incident.server.ownerPassword)).status).toBe(503)
    expect(await incident.me(access_token)).toBe(200)
    expect(incident.server.program.log()).toContain('"code":"unavailable"')
    expect(await incident.follow(title, [0])).toContain('100%')
    rmSync(join(disk ?? '', 'filling'))
    await expect.poll(async () => (await incident.logIn('owner', incident.server.ownerPassword)).status).toBe(201)
    await incident.follow(title, [1])
    incident.expectWhole(title)
  })

  it('The clock jumped', async () => {
    const incident = await Incident.begin()
    const title = 'The clock jumped'
    // A start with a clock that is a day ahead.
    const ahead = 'const now = Date.now; Date.now = () => now() + 86_400_000'
    await incident.server.restart({ nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(ahead)}`] })
    await incident.ownersSession
    await incident.server.restart()
    expect(incident.server.program.log()).toContain('"event":"clock_behind"')
    expect(await incident.follow(title, [0])).toMatch(/countersign_clock_behind_seconds 8\d{4}/)
    await incident.follow(title, [1])
    await expect
      .poll(() => incident.follow(title, [0]), { timeout: 60_000 })
      .toMatch(/countersign_clock_behind_seconds [0-2]\n/)
    incident.expectWhole(title)
  })

  it('The database is damaged or lost', async () => {
    const incident = await Incident.begin()
    const { server, places } = incident
    const title = 'The database is damaged or lost'
    const { access_token } = await incident.ownersSession
    await server.json(['backup', join(places.BACKUPS, 'countersign.db')])
    copyFileSync(join(server.data, 'master.key'), join(places.KEYS, 'countersign.key'))
    await server.end('SIGKILL')
    for (const file of [server.database, `${server.database}-wal`]) writeFileSync(file, Buffer.alloc(65_536, 7))
    await expect(server.serve()).rejects.toThrow('damaged')
    expect((await incident.attempt(title, [2])).status).not.toBe(0)
    await incident.follow(title, [0])
    await incident.follow(title, [2])
    await server.serve()
    expect(await incident.me(access_token)).toBe(401)
    expect((await incident.logIn('owner', server.ownerPassword)).status).toBe(201)
    // The folder is lost as well.
    await server.stop()
    renameSync(server.data, `${server.data}.lost`)
    await incident.follow(title, [1, 2])
    await server.serve()
    expect((await incident.logIn('owner', server.ownerPassword)).status).toBe(201)
    incident.expectWhole(title)
  })

  it('The machine moves', async () => {
    const incident = await Incident.begin()
    const { server } = incident
    const title = 'The machine moves'
    const { access_token } = await incident.ownersSession
    await server.stop()
    await incident.follow(title, [0])
    renameSync(server.data, `${server.data}.old`)
    await incident.follow(title, [1])
    await server.serve()
    expect(await incident.me(access_token)).toBe(200)
    incident.expectWhole(title)
  })

  it('The issuer changes', async () => {
    const incident = await Incident.begin()
    const { server } = incident
    const title = 'The issuer changes'
    const { access_token } = await incident.ownersSession
    const created = await incident.post('/v1/tokens', { label: 'script' }, access_token)
    expect(created.status).toBe(201)
    const personal = ((await created.json()) as { token: string }).token
    expect(await incident.me(personal)).toBe(200)
    await server.stop()
    await expect(server.serve({ flags: ['--issuer', 'https://login.example.com'] })).rejects.toThrow('--issuer-changed')
    const [command = ''] = blocksOf(title)
    const flags = command.replace('countersign serve ', '').split(' ')
    await server.serve({ flags })
    expect(server.program.log()).toContain('"event":"issuer_changed"')
    expect(await incident.me(access_token)).toBe(401)
    expect(await incident.me(personal)).toBe(401)
    expect((await incident.logIn('owner', server.ownerPassword)).status).toBe(201)
  })

  it('has no chapter that is not executed', () => {
    const own = readFileSync(import.meta.filename, 'utf8')
    const titles = [...page.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title)
    for (const title of titles) expect(own, title).toContain(`it('${title}'`)
  })
})

/** A file system of 4 MiB, which is unmounted at the end of the test. */
async function smallDisk(): Promise<string | undefined> {
  const folder = join(process.env.TMPDIR ?? '/tmp', `disk-${process.pid}`)
  mkdirSync(folder)
  const { status } = await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder])
  onTestFinished(() => {
    if (status === 0) execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return status === 0 && existsSync(folder) ? folder : undefined
}

/** Writes until there is no space left. */
function fill(path: string): void {
  const block = Buffer.alloc(4096)
  try {
    for (;;) writeFileSync(path, block, { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
