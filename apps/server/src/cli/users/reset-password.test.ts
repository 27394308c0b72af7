import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer } from '../../testing/test-server.ts'
import { initializeFolder, type RunOptions, run } from '../testing/run-program.ts'

const password = 'correct horse battery staple'
const other = 'a quiet lighthouse keeps its own hours'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-reset-'))
  data = join(folder, 'data')
  await initializeFolder(data)
  for (const name of ['ada', 'eve', 'max']) await make(name, ['--password-stdin'])
  await make('codes', [])
})
afterAll(() => rmSync(folder, { recursive: true }))

const make = (name: string, more: readonly string[]) =>
  run(['create-user', '-u', name, '-g', 'viewer', '--data', data, ...more], { stdin: password })
const reset = (args: readonly string[], options: RunOptions = {}) =>
  run(['reset-password', ...args, '--data', data], options)

/** The status of a login on a server that shares the folder. */
async function logIn(body: object): Promise<number> {
  const server = await startTestServer({ data })
  const headers = { 'content-type': 'application/json' }
  const { status } = await server.fetch('/v1/sessions', { method: 'POST', headers, body: JSON.stringify(body) })
  await server.close()
  return status
}

describe('reset-password', () => {
  it('makes a password and prints it once', async () => {
    const { status, out, err } = await reset(['-u', 'ada'])
    expect({ status, err }).toEqual({ status: 0, err: `data folder: ${data}\n` })
    const made = /^Set a new password for ada; every session has ended\.\n\npassword: ([\w-]{24})\n$/.exec(out)?.[1]
    expect(await logIn({ username: 'ada', password: made })).toBe(201)
    expect(await logIn({ username: 'ada', password })).toBe(401)
  })

  it('prints name and password as one line of JSON', async () => {
    const { status, out } = await reset(['-u', 'eve', '--json'])
    expect(status).toBe(0)
    expect(out.split('\n')).toHaveLength(2)
    const shown = JSON.parse(out) as { username: string; password: string }
    expect(Object.keys(shown)).toEqual(['username', 'password'])
    expect(await logIn(shown)).toBe(201)
  })

  it('takes one from standard input and shows it nowhere', async () => {
    const plain = await reset(['-u', 'max', '--password-stdin'], { stdin: other })
    expect(plain).toEqual({
      status: 0,
      out: 'Set a new password for max; every session has ended.\n',
      err: `data folder: ${data}\n`,
    })
    expect(await logIn({ username: 'max', password: other })).toBe(201)
    const json = await reset(['-u', 'max', '--password-stdin', '--json'], { stdin: password })
    expect(json).toEqual({ status: 0, out: '{"username":"max"}\n', err: `data folder: ${data}\n` })
    expect(await logIn({ username: 'max', password })).toBe(201)
  })

  it('works while a server runs, and ends the sessions that it gave', async () => {
    const server = await startTestServer({ data })
    const { access_token: token } = await server.login('max')
    const show = () => server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })
    expect((await show()).status).toBe(200)
    expect((await reset(['-u', 'max', '--password-stdin'], { stdin: other })).status).toBe(0)
    expect((await show()).status).toBe(401)
    await server.close()
  })

  it('with --must-change sets one that is good for changing it', async () => {
    const args = ['-u', 'eve', '--password-stdin', '--must-change']
    const { out } = await reset(args, { stdin: other })
    expect(out).toBe(
      'Set a new password for eve; every session has ended. ' +
        'They must change the password at their next login, within 14 days.\n',
    )
    const server = await startTestServer({ data })
    expect(await server.login('eve', other)).toMatchObject({ must_change: true })
    await server.close()
  })

  it('makes a user who logged in by code alone log in by password', async () => {
    expect((await reset(['-u', 'codes', '--password-stdin'], { stdin: other })).status).toBe(0)
    expect(await logIn({ username: 'codes', password: other })).toBe(201)
  })

  it.each([
    [['-u', 'nobody'], 1, 'countersign: there is no nobody\n'],
    [['-u', 'max', '--password-stdin'], 1, 'countersign: The new password does not satisfy the password rules.'],
  ])('refuses %j', async (args, status, words) => {
    const answer = await reset(args, { stdin: 'short' })
    expect({ status: answer.status, out: answer.out }).toEqual({ status, out: '' })
    expect(answer.err).toContain(words)
  })

  it('requires a username', async () => {
    const { status, err } = await reset([])
    expect(status).toBe(2)
    expect(err).toContain('countersign: -u NAME is missing\n\nUsage: countersign reset-password')
  })
})
