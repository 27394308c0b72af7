// The README of CIKit's REST API, in its order. Its commands are this server's own, its requests are sent by the real curl.

import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { FoundingServer } from '../../../test/founding/founding-server.ts'
import { Phone } from '../../../test/founding/phone.ts'
import { printed, runs, shell } from '../../../test/founding/printed.ts'
import type { Message } from '../../../test/founding/wire-tap.ts'
import { readQrFromTerminal, readQrPicture } from '../../../test/qr-picture.ts'
import type { Transcript } from '../../testing/process/program.ts'

// Programs are started here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const hex = expect.stringMatching(/^[0-9a-f]{64}$/)
const unknownToken = { error: 'Access token not found', errorId: 908 }
const unknownRefreshToken = { error: 'Refresh token not found', errorId: 910 }
const denied = { error: 'Access denied', errorId: 912 }

let server: FoundingServer
/** The owner was made before the server was. */
let created: Transcript
let owner: Phone
beforeAll(async () => {
  server = await FoundingServer.prepare()
  created = await run('create-owner')
  owner = new Phone(secretIn(created), server)
  await server.open()
})
afterAll(() => server.close())

/** Runs a printed command under the name that it has here. */
const run = (command: 'help' | 'create-owner' | 'regenerate') =>
  server.command(
    printed(`cikit/${command}.sh`, { 'node ./lib/cli/commands/create-user.js': 'create-user' }).trim().split(' '),
  )
const secretIn = ({ out }: Transcript) => /^secret: ([A-Z2-7]{32})$/m.exec(out)?.[1] ?? ''

/** Runs a printed curl line. */
async function curl(context: TestContext, line: string, replaced: Readonly<Record<string, string>> = {}) {
  if (!(await runs('curl', ['--version']))) context.skip('no curl here')
  return shell(server, printed(`cikit/${line}.sh`, { 'http://localhost:1337': server.url, ...replaced }))
}

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

const api = (method: string, path: string, access_token: string, members: object = {}) =>
  server.ask(method, `/api/v1${path}`, { body: { ...members, access_token } })
async function logIn(username: string, phone: Phone): Promise<Pair> {
  const body = { username, code: await phone.code() }
  return (await server.ask('POST', '/api/v1/user/auth', { body })).json as Pair
}
const seen = ({ status, json }: Message) => ({ status, json })
const listOfDroplets = (token: string) => api('GET', '/droplet/list', token)

describe('CIKit: the command', () => {
  it('gets help', async () => {
    const { status, out, err } = await run('help')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    for (const option of ['-u, ', '-g, ', '-r, ']) expect(out).toContain(`\n  ${option}`)
  })

  it('creates an owner of the API, and shows the secret and a QR code of it', () => {
    expect(created).toMatchObject({ status: 0, err: expect.stringMatching(/^data folder: \S+\n$/) })
    expect(created.out).toMatch(/^Made owner BR0kEN /)
    expect(readQrFromTerminal(created.out)).toContain(`secret=${secretIn(created)}`)
  })

  it('declines further attempts to create an owner', async () => {
    const err = 'countersign: There is exactly one owner, and there is one already.\n'
    expect(await server.command(['create-user', '-u', 'second', '-g', 'owner'])).toEqual({ status: 1, out: '', err })
  })

  it('with -r forcibly invalidates the authentication token and regenerates the secret key', async () => {
    const before = await logIn('BR0kEN', owner)
    expect((await listOfDroplets(before.access_token)).status).toBe(200)
    const regenerated = await run('regenerate')
    expect(regenerated).toMatchObject({ status: 0, err: expect.stringMatching(/^data folder: \S+\n$/) })
    expect(secretIn(regenerated)).not.toBe(secretIn(created))
    expect(seen(await listOfDroplets(before.access_token))).toEqual({ status: 401, json: unknownToken })
    const body = { username: 'BR0kEN', code: await owner.code() }
    const refused = await server.ask('POST', '/api/v1/user/auth', { body })
    expect(seen(refused)).toEqual({ status: 400, json: { error: 'TOTP code invalid', errorId: 902 } })
    owner = new Phone(secretIn(regenerated), server)
    expect(await logIn('BR0kEN', owner)).toMatchObject({ access_token: hex })
  })
})

describe('CIKit: POST /api/v1/user/auth', () => {
  it('answers the printed request with the printed members, in the printed order', async (context) => {
    const { request, answer, ended } = await curl(context, 'auth', { 172459: await owner.code() })
    expect(request.startLine).toBe('POST /api/v1/user/auth HTTP/1.1')
    expect([answer.status, answer.header('content-type'), answer.header('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    expect(Object.keys(answer.json as object)).toEqual(['token_type', 'expires_in', 'access_token', 'refresh_token'])
    expect(answer.json).toEqual({ token_type: 'Bearer', expires_in: 7200, access_token: hex, refresh_token: hex })
    expect(ended).toMatchObject({ status: 0, out: answer.body })
  })

  it('refuses the printed code, whose time is long over', async (context) => {
    const { answer } = await curl(context, 'auth')
    expect(seen(answer)).toEqual({ status: 400, json: { error: 'TOTP code invalid', errorId: 902 } })
  })

  it('gives a token for every request: in the printed header, colon and all, or in the body', async () => {
    const { access_token } = await logIn('BR0kEN', owner)
    for (const question of [
      { headers: { authorization: `Bearer: ${access_token}` } },
      { headers: { authorization: `Bearer ${access_token}` } },
      { body: { access_token } },
    ]) {
      expect((await server.ask('GET', '/api/v1/droplet/list', question)).status).toBe(200)
    }
    const placeholder = { headers: { authorization: 'Bearer: ACCESS_TOKEN' } }
    expect(seen(await server.ask('GET', '/api/v1/droplet/list', placeholder))).toEqual({
      status: 401,
      json: unknownToken,
    })
    expect(seen(await listOfDroplets('ACCESS_TOKEN'))).toEqual({ status: 401, json: unknownToken })
  })

  it('answers 401 when the token is expired, which can then be refreshed', async (context) => {
    const { access_token, refresh_token } = await logIn('BR0kEN', owner)
    await server.later(7200)
    const expired = { error: 'Access token expired', errorId: 909 }
    expect(seen(await listOfDroplets(access_token))).toEqual({ status: 401, json: expired })
    const { answer } = await curl(context, 'refresh', { '"REFRESH_TOKEN"': `"${refresh_token}"` })
    expect((await listOfDroplets((answer.json as Pair).access_token)).status).toBe(200)
  })
})

describe('CIKit: POST /api/v1/user/auth/refresh', () => {
  it('answers the printed request in the structure of the previous query; the previous pair is invalid', async (context) => {
    const before = await logIn('BR0kEN', owner)
    const { request, answer } = await curl(context, 'refresh', { '"REFRESH_TOKEN"': `"${before.refresh_token}"` })
    expect(request.startLine).toBe('POST /api/v1/user/auth/refresh HTTP/1.1')
    expect([answer.status, answer.header('cache-control')]).toEqual([200, 'no-store'])
    expect(Object.keys(answer.json as object)).toEqual(['token_type', 'expires_in', 'access_token', 'refresh_token'])
    expect(answer.json).toEqual({ token_type: 'Bearer', expires_in: 7200, access_token: hex, refresh_token: hex })
    expect(seen(await listOfDroplets(before.access_token))).toEqual({ status: 401, json: unknownToken })
    const again = await curl(context, 'refresh', { '"REFRESH_TOKEN"': `"${before.refresh_token}"` })
    expect(seen(again.answer)).toEqual({ status: 401, json: unknownRefreshToken })
  })

  it('refuses the printed word in place of a token', async (context) => {
    expect(seen((await curl(context, 'refresh')).answer)).toEqual({ status: 401, json: unknownRefreshToken })
  })
})

describe('CIKit: DELETE /api/v1/user/auth/revoke/:user', () => {
  it('answers the printed request, whose bearer is the refresh token, and re-authentication is required', async (context) => {
    const pair = await logIn('BR0kEN', owner)
    const { request, answer } = await curl(context, 'revoke', {
      'Bearer REFRESH_TOKEN': `Bearer ${pair.refresh_token}`,
    })
    expect(request.startLine).toBe('DELETE /api/v1/user/auth/revoke/BR0kEN HTTP/1.1')
    expect(seen(answer)).toEqual({ status: 200, json: { status: 'ok' } })
    expect(seen(await listOfDroplets(pair.access_token))).toEqual({ status: 401, json: unknownToken })
    const refresh = await curl(context, 'refresh', { '"REFRESH_TOKEN"': `"${pair.refresh_token}"` })
    expect(seen(refresh.answer)).toEqual({ status: 401, json: unknownRefreshToken })
    expect(await logIn('BR0kEN', owner)).toMatchObject({ access_token: hex })
  })

  it('refuses the printed word in place of a token', async (context) => {
    expect(seen((await curl(context, 'revoke')).answer)).toEqual({ status: 401, json: unknownToken })
  })
})

describe('CIKit: GET /api/v1/user/auth/setup/:user', () => {
  it('answers the printed request with a QR code for an authenticating application, and its secret', async (context) => {
    const { access_token } = await logIn('BR0kEN', owner)
    const { request, answer } = await curl(context, 'setup', { 'Bearer ACCESS_TOKEN': `Bearer ${access_token}` })
    expect(request.startLine).toBe('GET /api/v1/user/auth/setup/BR0kEN HTTP/1.1')
    expect([answer.status, answer.header('cache-control')]).toEqual([200, 'no-store'])
    expect(Object.keys(answer.json as object)).toEqual(['qr', 'secret'])
    const { qr, secret } = answer.json as { qr: string; secret: string }
    expect(new URL(readQrPicture(qr) ?? 'about:blank').searchParams.get('secret')).toBe(secret)
    owner = new Phone(secret, server)
    expect(await logIn('BR0kEN', owner)).toMatchObject({ access_token: hex })
  })

  it('refuses the printed word in place of a token', async (context) => {
    expect(seen((await curl(context, 'setup')).answer)).toEqual({ status: 401, json: unknownToken })
  })
})

describe('CIKit: the other endpoints', () => {
  const endpoints = printed('cikit/endpoints.txt').trim().split('\n')
  let asOwner: string
  beforeAll(async () => {
    asOwner = (await logIn('BR0kEN', owner)).access_token
  })

  /** Makes a user as the owner does, and logs them in. */
  async function enrolled(username: string, group: string): Promise<string> {
    await api('POST', '/user/add', asOwner, { username, group })
    const { json } = await api('GET', `/user/auth/setup/${username}`, asOwner)
    return (await logIn(username, new Phone((json as { secret: string }).secret, server))).access_token
  }

  it.each(endpoints.slice(2))('%s exists, and requires a token', async (endpoint) => {
    const [method = '', path = ''] = endpoint.split(/-(.*)/)
    const answer = await server.ask(method, path.replace(':user', 'BR0kEN').replace(':droplet', 'first-light'))
    expect([answer.status, answer.body]).toEqual([401, 'Unauthorized'])
    expect(answer.header('www-authenticate')).toBe('Bearer realm="Users"')
  })

  it('user/list, user/add and user/delete return an updated list of users', async () => {
    const names = ({ status, json }: Message) => [
      status,
      (json as { username: string }[]).map(({ username }) => username),
    ]
    const added = await api('POST', '/user/add', asOwner, { username: 'vera', group: 'viewer' })
    expect(names(added)).toEqual([200, ['BR0kEN', 'vera']])
    expect((added.json as object[])[1]).toEqual({
      _id: expect.any(String),
      username: 'vera',
      created: expect.anything(),
      group: 'viewer',
    })
    expect(names(await api('GET', '/user/list', asOwner))).toEqual([200, ['BR0kEN', 'vera']])
    expect(names(await api('DELETE', '/user/delete/vera', asOwner))).toEqual([200, ['BR0kEN']])
    const second = { username: 'second', group: 'owner' }
    expect((await api('POST', '/user/add', asOwner, second)).json).toMatchObject({ errorId: 906 })
  })

  it('droplet/add, stop, start, restart and delete return an updated list of droplets', async () => {
    const states = ({ status, json }: Message) => [
      status,
      ...(json as { name: string; status: string }[]).map(
        ({ name, status: state }) => `${name}: ${state.split(' ')[0]}`,
      ),
    ]
    const asManager = await enrolled('max', 'manager')
    const act = async (method: string, path: string, members?: object) =>
      states(await api(method, path, asManager, members))
    const up = [200, 'night-watch: Up', 'first-light: Up']
    expect(await act('POST', '/droplet/add', { name: 'night-watch' })).toEqual(up)
    expect(await act('GET', '/droplet/list')).toEqual(up)
    expect(await act('PATCH', '/droplet/stop/night-watch')).toEqual([200, 'night-watch: Exited', 'first-light: Up'])
    expect(await act('PATCH', '/droplet/start/night-watch')).toEqual(up)
    expect(await act('PATCH', '/droplet/restart/night-watch')).toEqual(up)
    expect(await act('DELETE', '/droplet/delete/night-watch')).toEqual([200, 'first-light: Up'])
  })

  it('are for the roles that the page names: a viewer sees droplets, a manager manages them, the owner does everything', async () => {
    const [viewer, manager] = [await enrolled('walt', 'viewer'), await enrolled('mia', 'manager')]
    const status = async (...call: Parameters<typeof api>) => seen(await api(...call))
    const refused = { status: 403, json: denied }
    expect((await listOfDroplets(viewer)).status).toBe(200)
    expect(await status('POST', '/droplet/add', viewer, { name: 'x' })).toEqual(refused)
    expect((await listOfDroplets(manager)).status).toBe(200)
    expect((await api('PATCH', '/droplet/stop/first-light', manager)).status).toBe(200)
    expect(await status('GET', '/user/list', manager)).toEqual(refused)
    expect(await status('GET', '/user/auth/setup/walt', manager)).toEqual(refused)
    expect((await api('PATCH', '/droplet/start/first-light', asOwner)).status).toBe(200)
  })

  it('let users revoke for themselves, and the owner for anyone', async () => {
    const [one, other] = [await enrolled('ann', 'viewer'), await enrolled('bob', 'viewer')]
    const error = 'Only system owner can revoke access for others'
    expect(seen(await api('DELETE', '/user/auth/revoke/bob', one))).toEqual({
      status: 401,
      json: { error, errorId: 904 },
    })
    expect(seen(await api('DELETE', '/user/auth/revoke/ann', one))).toEqual({ status: 200, json: { status: 'ok' } })
    expect(seen(await listOfDroplets(one))).toEqual({ status: 401, json: unknownToken })
    expect((await listOfDroplets(other)).status).toBe(200)
    expect((await api('DELETE', '/user/auth/revoke/bob', asOwner)).status).toBe(200)
    expect((await listOfDroplets(other)).status).toBe(401)
  })
})
