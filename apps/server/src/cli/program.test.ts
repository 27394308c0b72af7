import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../testing/process/server-run.ts'
import { commands } from './commands.ts'
import { initializeFolder, type RunOptions, run } from './testing/run-program.ts'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  data = join(folder, 'data')
  await initializeFolder(data)
})
afterAll(() => rmSync(folder, { recursive: true }))

const password = 'correct horse battery staple'
/** What a command says that changed something. */
const inFolder = () => `data folder: ${data}\n`
/** On the shared data folder. */
const at = (args: readonly string[], options: RunOptions = {}) => run([...args, '--data', data], options)

describe('countersign', () => {
  it('says on standard output what it can do, when it is asked', async () => {
    const { status, out, err } = await runCommand(['--help'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const width = Math.max(...commands.map(({ name }) => name.length))
    for (const { name, summary } of commands) expect(out).toContain(`${name.padEnd(width)}  ${summary}`)
  })

  it('says its version', async () => {
    expect(await runCommand(['--version'])).toEqual({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    })
  })

  it('exits 2 with the usage on standard error when it is called wrongly', async () => {
    expect(await runCommand([])).toMatchObject({ status: 2, out: '' })
    for (const args of [[], ['frobnicate'], ['keys'], ['keys', 'melt']]) {
      const { status, out, err } = await run(args)
      expect({ args, status, out }).toEqual({ args, status: 2, out: '' })
      expect(err).toMatch(/^countersign: .*\n\nUsage:/)
    }
  })

  it('shows half a command its whole forms', async () => {
    const { err } = await run(['keys'])
    expect(err).toContain('countersign: "keys" needs one of: list, rotate, revoke')
  })
})

describe('every command', () => {
  it.each(commands.map(({ name }) => name))('%s has --help, on standard output', async (name) => {
    const { status, out, err } = await run([...name.split(' '), '--help'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain(`Usage: countersign ${name}`)
    expect(out).toContain('--json')
  })

  it.each(commands.map(({ name }) => name))('%s refuses an unknown flag', async (name) => {
    const { status, out, err } = await run([...name.split(' '), '--frobnicate'])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(/^countersign: Unknown option '--frobnicate'\n\nUsage: countersign/)
  })

  it('refuses a variable that is no setting, and opens no database', async () => {
    const owner = ['create-user', '-u', 'mia', '-g', 'owner', '--data', join(folder, 'other')]
    const { status, out, err } = await run(owner, { env: { COUNTERSIGN_PROT: '1' } })
    expect({ status, out, err }).toEqual({
      status: 2,
      out: '',
      err: 'countersign: COUNTERSIGN_PROT is not a setting\n',
    })
    expect(readdirSync(folder)).toEqual(['data'])
  })

  it.each([
    [['serve', '--port'], '--port needs a value'],
    [
      ['serve', '--hash-queue', '-1'],
      '--hash-queue needs a value; one that begins with a dash is written --hash-queue=-VALUE',
    ],
    [['create-user', '-u'], '--username needs a value'],
    [['create-user', '-u', '-x'], '-u needs a value; one that begins with a dash is written --username=-VALUE'],
    [['doctor', 'x'], 'too many arguments'],
  ])('says what is wrong with %j, and not a page besides', async (args, words) => {
    const { status, err } = await run(args)
    expect(status).toBe(2)
    const [first, empty, call, ...rest] = err.trimEnd().split('\n')
    expect([first, empty, rest.length]).toEqual([`countersign: ${words}`, '', 1])
    expect(call).toContain(`Usage: countersign ${args[0]}`)
    expect(rest[0]).toBe(`countersign ${args[0]} --help says more.`)
  })

  it('refuses a flag that is given twice', async () => {
    const { status, err } = await run(['unlock', '-u', 'alice', '-u', 'bob'])
    expect(status).toBe(2)
    expect(err).toContain('countersign: -u is given twice\n')
  })
})

describe('create-user', () => {
  it('makes a user with a password from standard input', async () => {
    const args = ['create-user', '-u', 'Alice', '-g', 'viewer', '--password-stdin', '--json', '--data', data]
    const made = await runCommand(args, { stdin: `${password}\n` })
    expect(made).toMatchObject({ status: 0, err: inFolder() })
    expect(made.out.split('\n')).toHaveLength(2)
    expect(JSON.parse(made.out)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{22}$/),
      username: 'Alice',
      role: 'viewer',
    })
  })

  it.each([
    ['-g', ['-u', 'bob']],
    ['-u NAME', ['-g', 'viewer']],
  ])('is bad usage without %s', async (flag, args) => {
    const { status, err } = await at(['create-user', ...args, '--password-stdin'], { stdin: password })
    expect(status).toBe(2)
    expect(err).toContain(`countersign: ${flag} is missing`)
  })

  it('refuses a username that exists already, and names the command that sets a new password', async () => {
    const { status, out, err } = await at(['create-user', '-u', 'alice', '-g', 'viewer', '--password-stdin'], {
      stdin: password,
    })
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toBe('countersign: Alice exists already: -r sets a new password and ends every session\n')
  })

  it('sets a new password with -r, and no other role', async () => {
    const reset = ['create-user', '-u', 'alice', '-r', '--password-stdin']
    expect(await at(reset, { stdin: 'another horse battery staple' })).toEqual({
      status: 0,
      out: 'Set a new password for Alice; every session has ended.\n',
      err: inFolder(),
    })
    const promoted = await at([...reset, '-g', 'manager'], { stdin: password })
    expect(promoted).toEqual({
      status: 1,
      out: '',
      err: 'countersign: Alice is viewer: -r sets a new password and no other role\n',
    })
  })

  it('I7 makes one owner and declines a second', async () => {
    const owner = (name: string) =>
      at(['create-user', '-u', name, '-g', 'owner', '--password-stdin'], { stdin: password })
    expect(await owner('first')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Made owner first \([0-9a-f]{22}\)\.\n$/),
    })
    expect(await owner('second')).toEqual({
      status: 1,
      out: '',
      err: 'countersign: There is exactly one owner, and there is one already.\n',
    })
  })

  it.each([
    ['too_short', 'swordfish-9x'],
    ['well_known', '1qaz2wsx3edc4rfv'],
    ['too_long', 'x'.repeat(1025)],
  ])('refuses a password: %s', async (reason, bad) => {
    const { status, err } = await at(['create-user', '-u', 'bob', '-g', 'viewer', '--password-stdin'], { stdin: bad })
    expect(status).toBe(1)
    expect(err).toContain(`countersign: The new password does not satisfy the password rules. (${reason}: `)
    expect(err).not.toContain(bad)
  })

  it('refuses standard input that is no line of text', async () => {
    const make = (stdin: string | Uint8Array) =>
      at(['create-user', '-u', 'bob', '-g', 'viewer', '--password-stdin'], { stdin })
    expect((await make('')).err).toBe('countersign: standard input is empty\n')
    expect((await make('one long line of text\nand another\n')).err).toBe(
      'countersign: standard input has more than one line\n',
    )
    expect((await make(new Uint8Array([0xff, 0xfe]))).err).toBe('countersign: standard input is not UTF-8\n')
  })
})

describe('create-access-key', () => {
  const key = async (...args: string[]) => at(['create-access-key', ...args])

  it('makes the account where there is none, and prints one line of JSON', async () => {
    const { status, out, err } = await key('--account', 'lyve', '--json')
    expect({ status, err }).toEqual({ status: 0, err: inFolder() })
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toEqual({
      accountId: expect.stringMatching(/^[0-9a-f]{22}$/),
      accessKey: expect.stringMatching(/^[0-9a-f]{22}$/),
      secret: expect.stringMatching(/^cs_key_[0-9A-Za-z]{36}$/),
    })
  })

  it('makes another key of the same account, and says once that the secret is to be kept', async () => {
    const first = JSON.parse((await key('--account', 'again', '--json')).out)
    const { status, out, err } = await key('--account', 'again', '--expires-in', '3600')
    expect(status).toBe(0)
    expect(out).toContain(`accountId: ${first.accountId}\naccessKey: `)
    expect(out).not.toContain(first.accessKey)
    expect(err).toBe(
      `${inFolder()}The earlier keys of again are inactive now, and their tokens have ended.\n` +
        'The secret is stored nowhere: keep it now.\n',
    )
  })

  it.each([
    ['--account is missing', []],
    ['--account is 1 to 64 printable characters', ['--account', ' a']],
    ['--expires-in is a whole number from 1 to 3153600000', ['--account', 'a', '--expires-in', '0']],
    ['--expires-in is a whole number from 1 to 3153600000', ['--account', 'a', '--expires-in', '1h']],
    ['--expires-in is a whole number from 1 to 3153600000', ['--account', 'a', '--expires-in', '3153600001']],
  ])('is bad usage: %s', async (message, args) => {
    const { status, out, err } = await key(...args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(`countersign: ${message}\n`)
  })
})

describe('create-client', () => {
  it('shows id and secret once', async () => {
    const args = ['create-client', '--name', 'Backup job', '--role', 'manager', '--audience', 'https://api.example.com']
    const { status, out, err } = await at([...args, '--token-form', 'opaque', '--json'])
    const note = 'No API has the identifier https://api.example.com, so there are no tokens for it: see "apis add".\n'
    expect({ status, err }).toEqual({ status: 0, err: inFolder() + note })
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f]{22}$/),
      client_secret: expect.stringMatching(/^cs_key_[0-9A-Za-z]{36}$/),
    })
    expect((await at(args)).err).toBe('countersign: A client of this name is registered already.\n')
  })

  it.each([
    [['--role', 'owner'], '--role is one of viewer, manager'],
    [['--token-form', 'saml'], '--token-form is one of jwt, opaque'],
    [['--audience', 'with space'], '--audience is a URI'],
  ])('is bad usage with %j', async (args, words) => {
    const { status, err } = await at(['create-client', '--name', 'x', ...args])
    expect(status).toBe(2)
    expect(err).toContain(`countersign: ${words}`)
  })
})

describe('unlock', () => {
  it('unlocks a throttled user, without a server', async () => {
    expect(await at(['unlock', '-u', 'alice'])).toEqual({ status: 0, out: 'Unlocked alice.\n', err: inFolder() })
    expect((await at(['unlock', '-u', 'alice', '--json'])).out).toBe('{"username":"alice","unlocked":true}\n')
  })

  it('makes an address known, by the prefix that counts', async () => {
    const unlock = ['unlock', '-u', 'alice', '--for']
    expect(await at([...unlock, '192.0.2.7'])).toEqual({
      status: 0,
      out: 'Unlocked alice for 192.0.2.7.\n',
      err: inFolder(),
    })
    expect((await at([...unlock, '2001:DB8:1:2::7', '--json'])).out).toBe(
      '{"username":"alice","unlocked":true,"for":"2001:db8:1:2::/64"}\n',
    )
  })

  it('suspends the delays for minutes', async () => {
    const unlock = ['unlock', '-u', 'alice', '--minutes']
    const sentence = 'Unlocked alice; guesses of unknown callers cause no delay for 10 minutes.\n'
    expect(await at([...unlock, '10'])).toEqual({ status: 0, out: sentence, err: inFolder() })
    expect((await at([...unlock, '60', '--json'])).out).toBe('{"username":"alice","unlocked":true,"minutes":60}\n')
  })

  it.each([
    ['--for is an IPv4 or IPv6 address', ['--for', 'localhost']],
    ['--for is an IPv4 or IPv6 address', ['--for', '192.0.2.0/24']],
    ['--minutes is a whole number from 1 to 60', ['--minutes', '0']],
    ['--minutes is a whole number from 1 to 60', ['--minutes', '61']],
    ['--minutes is a whole number from 1 to 60', ['--minutes', '1.5']],
    ['--minutes is a whole number from 1 to 60', ['--minutes', '010']],
    ['--for and --minutes exclude each other', ['--for', '192.0.2.7', '--minutes', '5']],
  ])('is bad usage: %s', async (message, args) => {
    const { status, err, out } = await at(['unlock', '-u', 'alice', ...args])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(`countersign: ${message}\n`)
  })

  it('reports an unknown user', async () => {
    const { status, err } = await at(['unlock', '-u', 'nobody'])
    expect(status).toBe(1)
    expect(err).toBe('countersign: there is no nobody\n')
  })
})

describe('keys', () => {
  interface Listed {
    readonly keys: readonly { readonly kid: string; readonly state: string; readonly algorithm: string }[]
  }
  const list = async () => (JSON.parse((await at(['keys', 'list', '--json'])).out) as Listed).keys

  it('are listed, rotated and revoked', async () => {
    const [first] = await list()
    expect(first).toMatchObject({ algorithm: 'ES256', state: 'signing' })
    const rotated = await at(['keys', 'rotate', '--signing-algorithm', 'EdDSA', '--json'])
    expect(JSON.parse(rotated.out)).toMatchObject({ number: 2, algorithm: 'EdDSA', kid: expect.any(String) })
    expect((await list()).map(({ state }) => state)).toEqual(['signing', 'published'])
    expect(await at(['keys', 'revoke', first?.kid ?? ''])).toMatchObject({ status: 0, out: `Revoked ${first?.kid}.\n` })
    expect((await list()).map(({ state }) => state)).toEqual(['revoked', 'signing'])
    const { out } = await at(['keys', 'list'])
    expect(out.split('\n')[1]).toMatch(/^ {2}2 {2}\S+ {2}EdDSA {2}signing, ahead of its time$/)
  })

  it('are found by an id that begins with a dash, wherever it stands', async () => {
    const kid = `-${'g9d3uSdGWg_r6JJYKdmo8zKs3hodg_qFZanDuCArqs'.slice(0, 42)}`
    for (const args of [[kid], [kid, '--json'], ['--json', kid], ['--json', '--', kid]]) {
      const { status, err } = await run(['keys', 'revoke', '--data', data, ...args])
      expect({ args, status, err }).toEqual({ args, status: 1, err: expect.stringContaining('there is no such key') })
    }
    expect((await at(['keys', 'revoke', '-g9d3'])).status).toBe(2)
  })

  it('are not revoked by a name that none has', async () => {
    expect((await at(['keys', 'revoke', 'nonesuch'])).status).toBe(1)
    expect((await at(['keys', 'revoke'])).err).toContain('countersign: KID is missing')
  })
})
