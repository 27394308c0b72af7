import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { totpCode } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fromBase32 } from '../../../test/authenticator.ts'
import { readQrFromTerminal } from '../../../test/qr-picture.ts'
import { runCommand } from '../../testing/process/server-run.ts'
import { startTestServer } from '../../testing/test-server.ts'
import { initializeFolder, type RunOptions, run } from '../testing/run-program.ts'

const password = 'correct horse battery staple'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-enrolment-'))
  data = join(folder, 'data')
  await initializeFolder(data)
})
afterAll(() => rmSync(folder, { recursive: true }))

const create = (args: readonly string[], options: RunOptions = {}) =>
  run(['create-user', ...args, '--data', data], options)

interface Made {
  readonly id: string
  readonly username: string
  readonly role: string
  readonly totp_secret?: string
  readonly otpauth_url?: string
}
async function made(args: readonly string[], options: RunOptions = {}): Promise<Made> {
  const { status, out, err } = await create([...args, '--json'], options)
  expect({ status, lines: out.split('\n').length }).toEqual({ status: 0, lines: 2 })
  // Nothing is said of a new user; an existing one had their sessions ended.
  expect(err).toMatch(/^data folder: \S+\n($|(Every session of|Set a new) )/)
  return JSON.parse(out) as Made
}

/** Logs in on a server that shares the folder. */
async function logIn(body: object): Promise<{ readonly status: number; readonly token: string }> {
  const server = await startTestServer({ data })
  const response = await server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  await server.close()
  return { status: response.status, token }
}
const codeOf = (secret = '') => totpCode(fromBase32(secret), Math.floor(Date.now() / 30_000))

describe('create-user without a password', () => {
  it('enrols TOTP: message, secret, and a QR code that is read off the terminal', async () => {
    const { status, out, err } = await runCommand(['create-user', '-u', 'BR0kEN', '-g', 'owner', '--data', data])
    expect({ status, err }).toEqual({ status: 0, err: `data folder: ${data}\n` })
    expect(out).toMatch(/^Made owner BR0kEN \([0-9a-f]{22}\)\.\n/)
    const secret = /^secret: ([A-Z2-7]{32})$/m.exec(out)?.[1]
    const uri = new URL(readQrFromTerminal(out) ?? 'about:blank')
    expect([uri.pathname, uri.searchParams.get('secret')]).toEqual(['/Countersign:BR0kEN', secret])
  })

  it('prints one line of JSON with what there is to know', async () => {
    const person = await made(['-u', 'ada', '-g', 'viewer'])
    expect(Object.keys(person)).toEqual(['id', 'username', 'role', 'totp_secret', 'otpauth_url'])
    expect(person).toMatchObject({ username: 'ada', role: 'viewer' })
    expect(new URL(person.otpauth_url ?? '').searchParams.get('secret')).toBe(person.totp_secret)
    expect(Object.keys(await made(['-u', 'no-totp', '-g', 'viewer', '--password-stdin'], { stdin: password }))).toEqual(
      ['id', 'username', 'role'],
    )
  })

  it('declines a further owner', async () => {
    for (const args of [
      ['-u', 'second', '-g', 'owner'],
      ['-u', 'ada', '-g', 'owner'],
    ]) {
      expect(await create(args)).toEqual({
        status: 1,
        out: '',
        err: 'countersign: There is exactly one owner, and there is one already.\n',
      })
    }
  })

  it.each([
    [['-g', 'viewer'], '-u NAME is missing'],
    [['-u', 'x'], '-g is missing'],
    [['-u', 'x', '-g', 'king'], '-g is one of viewer, manager, owner'],
    [['-u', 'x', '-r'], 'there is no x: -g makes one'],
    [['-u', 'x', '-g', 'viewer', '--must-change'], '--must-change goes with --password-stdin'],
    [['-u', 'x', '-g', 'viewer', '--frobnicate'], "Unknown option '--frobnicate'"],
  ])('is bad usage as %j', async (args, words) => {
    const { status, out, err } = await create(args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(`countersign: ${words}\n\nUsage: countersign create-user`)
  })
})

describe('create-user with --password-stdin --totp', () => {
  it('requires both from then on', async () => {
    const { totp_secret } = await made(['-u', 'both', '-g', 'manager', '--password-stdin', '--totp'], {
      stdin: password,
    })
    expect((await logIn({ username: 'both', password })).status).toBe(401)
    expect((await logIn({ username: 'both', code: codeOf(totp_secret) })).status).toBe(401)
    expect((await logIn({ username: 'both', password, code: codeOf(totp_secret) })).status).toBe(201)
  })
})

describe('create-user with --must-change', () => {
  it('makes a password that is good for changing it', async () => {
    const args = ['-u', 'newcomer', '-g', 'viewer', '--password-stdin', '--must-change']
    const { out } = await create(args, { stdin: password })
    expect(out).toMatch(
      /^Made viewer newcomer \([0-9a-f]{22}\)\. They must change the password at their next login, within 14 days\.\n$/,
    )
    const server = await startTestServer({ data })
    onTestFinished(() => server.close())
    expect(await server.login('newcomer')).toMatchObject({ must_change: true })
    const reset = await create(['-u', 'newcomer', '-r', '--password-stdin'], { stdin: password })
    expect(reset.out).toBe('Set a new password for newcomer; every session has ended.\n')
    expect(await server.login('newcomer')).not.toHaveProperty('must_change')
  })

  it('is refused, as anything is, with less than the policy demands', async () => {
    const env = { COUNTERSIGN_REQUIRED_FACTORS_VIEWER: 'password+totp' }
    const refused = await create(['-u', 'below', '-g', 'viewer', '--password-stdin'], { stdin: password, env })
    const words = 'The policy requires more factors for this role.'
    expect(refused).toEqual({ status: 1, out: '', err: `countersign: ${words}\n` })
    expect(
      (await create(['-u', 'above', '-g', 'viewer', '--password-stdin', '--totp'], { stdin: password, env })).status,
    ).toBe(0)
  })
})

describe('create-user for an existing user', () => {
  it('shows the secret again while no code has confirmed it, and ends every session each time', async () => {
    const first = await made(['-u', 'again', '-g', 'viewer'])
    expect(await made(['-u', 'again', '-g', 'viewer'])).toEqual(first)
    const { status, token } = await logIn({ username: 'again', code: codeOf(first.totp_secret) })
    expect(status).toBe(201)
    expect(await made(['-u', 'again', '-g', 'viewer'])).toEqual({ id: first.id, username: 'again', role: 'viewer' })
    const server = await startTestServer({ data })
    onTestFinished(() => server.close())
    const headers = { authorization: `Bearer ${token}` }
    expect((await server.fetch('/v1/me', { headers })).status).toBe(401)
    const words = 'Every session of again has ended. There is no secret to show again: -r makes a new one.\n'
    expect((await create(['-u', 'again', '-g', 'viewer'])).out).toBe(words)
    // The JSON output for scripts says it too.
    expect((await create(['-u', 'again', '-g', 'viewer', '--json'])).err).toBe(`data folder: ${data}\n${words}`)
  })

  it('with -r makes a new secret, whose codes count alone', async () => {
    const first = await made(['-u', 'anew', '-g', 'viewer'])
    const next = await made(['-u', 'anew', '-r'])
    expect(next).toMatchObject({ id: first.id, role: 'viewer' })
    expect(next.totp_secret).not.toBe(first.totp_secret)
    expect((await logIn({ username: 'anew', code: codeOf(first.totp_secret) })).status).toBe(401)
    expect((await logIn({ username: 'anew', code: codeOf(next.totp_secret) })).status).toBe(201)
  })

  it('with -r requires nothing less than before', async () => {
    await made(['-u', 'secure', '-g', 'viewer', '--password-stdin', '--totp'], { stdin: password })
    const reset = await create(['-u', 'secure', '-r', '--password-stdin'], { stdin: password })
    expect(reset.out).toBe(
      'Set a new password for secure; every session has ended. ' +
        'A code is required besides, as before; --totp makes a new secret, too.\n',
    )
    const { totp_secret } = await made(['-u', 'secure', '-r', '--password-stdin', '--totp'], { stdin: password })
    expect((await logIn({ username: 'secure', code: codeOf(totp_secret) })).status).toBe(401)
    expect((await logIn({ username: 'secure', password, code: codeOf(totp_secret) })).status).toBe(201)
  })

  it.each([[['-r']], [['-r', '--totp']]])(
    'with %j refers a user who must show a password to reset-password',
    async (args) => {
      const name = `word-${args.length}`
      await made(['-u', name, '-g', 'viewer', '--password-stdin'], { stdin: password })
      expect(await create(['-u', name, ...args])).toEqual({
        status: 1,
        out: '',
        err:
          `countersign: ${name} logs in with a password: "countersign reset-password -u ${name}" sets a new one, ` +
          '-r --password-stdin too, and --totp besides makes a new secret\n',
      })
      expect((await logIn({ username: name, password })).status).toBe(201)
    },
  )

  it('gives no other role', async () => {
    const { status, err } = await create(['-u', 'ada', '-g', 'manager'])
    expect({ status, err }).toEqual({
      status: 1,
      err: 'countersign: ada is viewer: this command gives no other role\n',
    })
  })
})

describe('create-user with a name of another script', () => {
  it('makes and finds it in every spelling, and unlock does', async () => {
    for (const name of ['a b', 'Ünï', 'x'.repeat(200)]) {
      const { id, username } = await made(['-u', name, '-g', 'viewer', '--password-stdin'], { stdin: password })
      expect(username).toBe(name)
      const other = name.toUpperCase().normalize('NFD')
      expect(await made(['-u', other, '-r', '--password-stdin'], { stdin: password })).toMatchObject({ id, username })
      expect((await run(['unlock', '-u', other, '--data', data])).status).toBe(0)
      expect((await logIn({ username: other, password })).status).toBe(201)
    }
  })

  it('refuses what is no name, and what looks like one that exists', async () => {
    const refusals = {
      'a  b': 'A username is letters, digits and ASCII punctuation in parts with single spaces between them',
      аda: 'The username, or one that looks like it, is already taken.',
    }
    for (const [name, message] of Object.entries(refusals)) {
      const { status, err } = await create(['-u', name, '-g', 'viewer'])
      expect([status, err]).toEqual([1, expect.stringContaining(message)])
    }
  })
})

describe('a password on standard input', () => {
  it('N-387 has no byte order mark in it, and is prepared as everywhere', async () => {
    const typed = 'caf\u00e9 r\u00f6ster na\u00efve'
    const stdin = `\ufeff${typed.normalize('NFD').replaceAll(' ', '\u00a0')}\r\n`
    await made(['-u', 'marked', '-g', 'viewer', '--password-stdin'], { stdin })
    expect((await logIn({ username: 'marked', password: typed })).status).toBe(201)
    await made(['-u', 'marked', '-r', '--password-stdin'], { stdin: `\ufeff${password}\n` })
    expect((await logIn({ username: 'marked', password })).status).toBe(201)
  })

  it('N-372 N-387 is refused where a mark stands anywhere else, or nothing else is there', async () => {
    for (const stdin of [`\ufeff\ufeff${password}`, `${password}\ufeff`, '\ufeff', '\ufeff\n']) {
      expect((await create(['-u', 'unmarked', '-g', 'viewer', '--password-stdin'], { stdin })).status).toBe(1)
    }
  })
})
