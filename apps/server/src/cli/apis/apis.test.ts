import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initializeFolder, run } from '../testing/run-program.ts'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-apis-'))
  data = join(folder, 'data')
  await initializeFolder(data)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** On the shared data folder. */
const at = (...args: string[]) => run([...args, '--data', data])
const inFolder = () => `data folder: ${data}\n`

let added = 0
const add = async (...more: string[]) => {
  const identifier = `https://api-${++added}.example`
  const { status, out, err } = await at('apis', 'add', identifier, '--name', `Api ${added}`, '--json', ...more)
  expect({ status, err }).toEqual({ status: 0, err: inFolder() })
  return JSON.parse(out) as { id: string; identifier: string; scopes: { name: string }[] }
}

describe('apis add', () => {
  it('registers an API with all of its terms', async () => {
    const args = ['apis', 'add', 'https://orders.example', '--name', 'Orders', '--scope', 'orders:read See orders.']
    const terms = ['--token-form', 'opaque', '--token-typ', 'jwt', '--access-lifetime', '300', '--no-first-party']
    const origins = ['--allowed-origin', 'https://app.example', '--allowed-origin', 'http://localhost:5173']
    const scope = ['--scope', 'orders:write=manager  Change orders.']
    const { status, out, err } = await at(...args, ...scope, ...terms, ...origins, '--json')
    expect({ status, err }).toEqual({ status: 0, err: inFolder() })
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{22}$/),
      identifier: 'https://orders.example',
      name: 'Orders',
      scopes: [
        { name: 'orders:read', description: 'See orders.', least_role: 'viewer' },
        { name: 'orders:write', description: 'Change orders.', least_role: 'manager' },
      ],
      token_form: 'opaque',
      token_typ: 'jwt',
      access_lifetime_seconds: 300,
      allowed_origins: ['https://app.example', 'http://localhost:5173'],
      first_party: false,
      built_in: false,
      created_at: expect.any(Number),
    })
  })

  it('prints what it registered', async () => {
    const { out } = await at('apis', 'add', 'https://stock.example', '--name', 'Stock', '--scope', 'see See it.')
    expect(out).toMatch(/^id: {15}[0-9a-f]{22}\nidentifier: {7}https:\/\/stock\.example\nname: {13}Stock\n/)
    expect(out).toContain("token form:       the client's\n")
    expect(out).toContain('first party:      yes\n')
    expect(out).toMatch(/scopes:\n {2}see {2}viewer {2}See it\.\n$/)
  })

  it('refuses an identifier that is registered, and that of this server', async () => {
    const { identifier } = await add()
    for (const taken of [identifier, 'http://127.0.0.1:4300']) {
      expect(await at('apis', 'add', taken, '--name', 'Again')).toEqual({
        status: 1,
        out: '',
        err: 'countersign: An API of this identifier is registered already.\n',
      })
    }
  })

  it.each([
    [[], 'URI is missing'],
    [['https://x.example'], '--name is missing'],
    [['orders', '--name', 'x'], 'The identifier of an API is an absolute URI'],
    [['https://x.example#a', '--name', 'x'], 'The identifier of an API is an absolute URI'],
    [['https://x.example', '--name', ' x'], 'The name of an API is 1 to 64 printable characters.'],
    [['https://x.example', '--name', 'x', '--scope', 'orders:read'], '--scope is written "NAME[=ROLE] DESCRIPTION"'],
    [
      ['https://x.example', '--name', 'x', '--scope', 'a=boss Be.'],
      'the role in --scope "NAME=ROLE DESCRIPTION" is one of',
    ],
    [['https://x.example', '--name', 'x', '--scope', 'a A.', '--scope', 'a B.'], 'Each scope has a name of its own.'],
    [['https://x.example', '--name', 'x', '--token-form', 'saml'], '--token-form is one of jwt, opaque'],
    [['https://x.example', '--name', 'x', '--token-typ', 'JWT'], '--token-typ is one of at+jwt, jwt'],
    [['https://x.example', '--name', 'x', '--access-lifetime', '5m'], '--access-lifetime is a whole number of seconds'],
    [['https://x.example', '--name', 'x', '--access-lifetime', '59'], 'The lifetime of an access token is 60 to 3600'],
    [['https://x.example', '--name', 'x', '--allowed-origin', 'null'], 'An allowed origin is https://HOST[:PORT]'],
    [['https://x.example', '--name', 'x', '--allowed-origin', 'http://x.example'], 'An allowed origin is'],
    [
      ['https://x.example', '--name', 'x', '--first-party', '--no-first-party'],
      '--first-party and --no-first-party exclude each other',
    ],
  ])('is bad usage with %j', async (args, words) => {
    const { status, out, err } = await at('apis', 'add', ...args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(`countersign: ${words}`)
    expect(err).toContain('countersign apis add --help says more.')
  })
})

describe('a scope on the command line', () => {
  it('ends its name at the first space and begins its role at the last "=" of the name', async () => {
    const { scopes } = await add('--scope', 'a:b:c=owner All of it: a = b.', '--scope', 'x=y=viewer Odd.')
    expect(scopes).toEqual([
      { name: 'a:b:c', description: 'All of it: a = b.', least_role: 'owner' },
      { name: 'x=y', description: 'Odd.', least_role: 'viewer' },
    ])
  })
})

describe('apis list and apis show', () => {
  it('list this server first, as a table and as JSON', async () => {
    const { id, identifier } = await add('--scope', 'one One.', '--scope', 'two Two.')
    const { status, out, err } = await at('apis', 'list')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const [head = '', first = '', ...others] = out.trimEnd().split('\n')
    expect(head).toMatch(/^ID {21,}IDENTIFIER +NAME +SCOPES$/)
    expect(first).toMatch(/^issuer +http:\/\/127\.0\.0\.1:4300 +Countersign +read write$/)
    expect(others.at(-1)).toMatch(new RegExp(`^${id} +${identifier} +Api \\d+ +one two$`))
    const { apis } = JSON.parse((await at('apis', 'list', '--json')).out) as { apis: { id: string }[] }
    expect(apis.map((api) => api.id)).toEqual(['issuer', ...others.map((line) => line.split(' ')[0])])
  })

  it('show one by its identifier, by its id, and this server', async () => {
    const { id, identifier } = await add()
    for (const named of [id, identifier]) {
      const { out, err } = await at('apis', 'show', named, '--json')
      expect({ api: JSON.parse(out), err }).toMatchObject({ api: { id, identifier }, err: '' })
    }
    expect(JSON.parse((await at('apis', 'show', 'issuer', '--json')).out)).toMatchObject({ built_in: true })
    expect((await at('apis', 'show', id)).out).toContain('scopes:           none\n')
  })

  it.each(['https://none.example', '0'.repeat(22), 'orders'])('say that there is no %s', async (named) => {
    const err = `countersign: there is no API ${named}: "countersign apis list" lists them\n`
    expect(await at('apis', 'show', named)).toEqual({ status: 1, out: '', err })
    expect(await at('apis', 'remove', named)).toEqual({ status: 1, out: '', err })
  })
})

describe('apis remove', () => {
  it('removes one and says that its tokens have ended', async () => {
    const { id, identifier } = await add()
    expect(await at('apis', 'remove', identifier)).toEqual({
      status: 0,
      out: `Removed Api ${added} (${identifier}); every token for it has ended.\n`,
      err: inFolder(),
    })
    expect((await at('apis', 'show', id)).status).toBe(1)
    const second = await add()
    const { out } = await at('apis', 'remove', second.id, '--json')
    expect(JSON.parse(out)).toEqual({ id: second.id, identifier: second.identifier, removed: true })
  })

  it('does not remove this server', async () => {
    const { status, err } = await at('apis', 'remove', 'issuer')
    expect({ status, err }).toEqual({
      status: 1,
      err: 'countersign: The issuer is an API that is built in: it cannot be changed or removed.\n',
    })
  })
})
