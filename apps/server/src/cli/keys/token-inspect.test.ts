import { describe, expect, it } from 'vitest'
import { run } from '../testing/run-program.ts'
import { readToken } from './token-form.ts'

const jwt = (header: object, payload: object): string =>
  [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.c2lnbmF0dXJl')
const now = Math.floor(Date.now() / 1000)
const claims = { iss: 'https://auth.example.com', sub: 'alice', iat: now - 7200, exp: now + 3 * 86_400 + 60 }

describe('token inspect', () => {
  it('says what an access token is and says of itself, with times in words, without trusting it', async () => {
    const { status, out, err } = await run(['token', 'inspect'], {
      stdin: `${jwt({ alg: 'none', typ: 'at+jwt', kid: 'k' }, claims)}\n`,
    })
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('This looks like an access token (jwt). Not verified.\n')
    expect(out).toContain('  alg: none\n')
    expect(out).toContain('  iss: "https://auth.example.com"\n')
    expect(out).toMatch(/ {2}iat: \d+ {2}issued 2 hours ago \(/)
    expect(out).toMatch(/ {2}exp: \d+ {2}expires in 3 days \(/)
    expect(out).not.toContain('c2lnbmF0dXJl')
  })

  it('prints JSON, in one line', async () => {
    const { out } = await run(['token', 'inspect', '--json'], { stdin: jwt({ alg: 'ES256', typ: 'rt+jwt' }, claims) })
    expect(JSON.parse(out)).toEqual({
      form: 'jwt',
      kind: 'refresh_token',
      header: { alg: 'ES256', typ: 'rt+jwt' },
      claims,
      verified: false,
    })
  })

  it('N-208 does not let a token steer the terminal', async () => {
    const { out } = await run(['token', 'inspect'], {
      stdin: jwt({ typ: 'at+jwt' }, { sub: 'a\u001b[31mred\u202e', exp: 1e300, 'x\ny': 1 }),
    })
    expect(out).not.toContain('\u001b')
    expect(out).not.toContain('\u202e')
    expect(out).toContain('no date')
    expect(out).toContain('"x\\ny": 1')
  })

  it('exits 1 for what is no token, and does not repeat it', async () => {
    expect(await run(['token', 'inspect'], { stdin: 'hunter2' })).toEqual({
      status: 1,
      out: 'This looks like no token of this server. Not verified.\n',
      err: '',
    })
  })
})

describe('reading a token', () => {
  it('recognises the opaque form of a client token', () => {
    const body = Buffer.alloc(40)
    body.writeUInt8(3, 0)
    body.write('006b02612939d7ee853b94', 1, 'hex')
    body.writeUInt32BE(1_800_000_000, 12)
    body.writeUInt32BE(3600, 16)
    expect(readToken(`cs_at_${body.toString('base64url')}`)).toEqual({
      form: 'opaque',
      kind: 'access_token',
      claims: { key_number: 3, sid: '006b02612939d7ee853b94', iat: 1_800_000_000, exp: 1_800_003_600 },
    })
  })

  it('shows the API, the scope and the actors of an opaque token for an API', () => {
    const head = Buffer.alloc(24)
    head.writeUInt8(3, 0)
    head.write('006b02612939d7ee853b94', 1, 'hex')
    head.writeUInt32BE(1_800_000_000, 12)
    head.writeUInt32BE(3600, 16)
    const tokenWith = (text: string) => {
      const body = Buffer.concat([head, Buffer.from('0068f2a1b30c9d4e7f8a1d', 'hex'), Buffer.from(text)])
      return `cs_at_${Buffer.concat([body, Buffer.alloc(16, 0xaa)]).toString('base64url')}`
    }
    const claims = { key_number: 3, sid: '006b02612939d7ee853b94', iat: 1_800_000_000, exp: 1_800_003_600 }
    const reading = { form: 'opaque', kind: 'access_token', api_id: '0068f2a1b30c9d4e7f8a1d' }
    expect(readToken(tokenWith('orders:read'))).toMatchObject({
      ...reading,
      claims: { ...claims, scope: 'orders:read' },
    })
    expect(readToken(tokenWith('a b\n3\n\nlater\nearlier')).claims).toEqual({
      ...claims,
      scope: 'a b',
      act: { sub: 'later', act: { sub: 'earlier' } },
    })
    expect(readToken(tokenWith('')).claims).toEqual({ ...claims, scope: '' })
    expect(readToken(`cs_at_${Buffer.alloc(44).toString('base64url')}`).kind).toBe('unknown')
  })

  it('shows the API of a JWT for an API, also of one whose type is JWT', async () => {
    const forApi = {
      ...claims,
      aud: 'https://orders.example',
      sid: '006b02612939d7ee853b94',
      jti: '0068f2a1b30c9d4e7f8a1d.x',
    }
    const token = jwt({ typ: 'JWT' }, { ...forApi, act: { sub: 'reports' } })
    expect(readToken(token)).toMatchObject({ kind: 'access_token', api_id: '0068f2a1b30c9d4e7f8a1d' })
    const { out } = await run(['token', 'inspect'], { stdin: token })
    expect(out).toContain('  aud: "https://orders.example"\n')
    expect(out).toContain('  act: {"sub":"reports"}\n')
    expect(out).toContain('API id: 0068f2a1b30c9d4e7f8a1d\n')
  })

  it('recognises 64 hex digits, and says that it cannot know more', () => {
    const reading = readToken(`03006b02612939d7ee853b9400000007${'a'.repeat(32)}`)
    expect(reading).toMatchObject({
      form: 'hex',
      claims: { key_number: 3, sid: '006b02612939d7ee853b94', generation: 7 },
    })
    expect(reading.note).toContain('only the server can tell')
  })

  it('recognises secrets by their checksum and never shows one', () => {
    const cut = readToken('cs_key_0123456789')
    expect(cut).toMatchObject({
      form: 'secret',
      kind: 'client_secret',
      note: expect.stringContaining('checksum is wrong'),
    })
    expect(JSON.stringify(cut)).not.toContain('0123456789')
    expect(readToken('cs_pat_x')).toMatchObject({ kind: 'personal_token' })
  })

  it('does not take a JWT of another issuer for one of ours', () => {
    expect(readToken(jwt({ typ: 'JWT' }, claims)).kind).toBe('jwt_of_another_kind')
    expect(readToken(jwt({ typ: 'constructor' }, claims)).kind).toBe('jwt_of_another_kind')
  })
})
