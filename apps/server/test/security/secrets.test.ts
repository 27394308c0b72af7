import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainToken } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { routes } from '../../src/generated/index.ts'
import type { Answer } from '../contract/recorder.ts'
import { basic, bearer, cookie, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { dialectPasswordPaths, guess, named, newAddress } from './login-paths.ts'
import type { RefreshingPath } from './refreshing-path.ts'
import { refreshingPaths } from './refreshing-paths.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
let ada: { readonly id: string }
const output: string[] = []
beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      output.push(String(text))
      return true
    })
  }
  server = await startRecordedServer({ alone: true })
  ada = await server.user('ada', 'viewer', canary('password'))
})
afterAll(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const sendRefresh = ({ operationId, question }: RefreshingPath, token: string): Promise<Answer> =>
  server.ask(routes[operationId].method, routes[operationId].path, question(token))

/** A value that is found again wherever it got to. */
const canary = (place: string): string => `canary-${place}-7f3a9c51d2e84b60`

/** Wherever something could have been written: log, metrics, standard streams, every file of the data folder. */
async function everythingWritten(): Promise<string> {
  const { data } = server.running.authority.config
  const files = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'))
  const metrics = await server.ask('GET', '/metrics')
  const audit = JSON.stringify(server.sql('SELECT * FROM audit'))
  return [server.running.log(), metrics.text, audit, ...output, ...files].join('\n')
}

async function expectNowhere(secrets: readonly string[], answers: readonly Answer[] = []): Promise<void> {
  const written = await everythingWritten()
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(15)
    for (const spelling of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64url').slice(2, -3),
    ]) {
      expect(written.includes(spelling)).toBe(false)
    }
    for (const { text } of answers) expect(text.includes(secret)).toBe(false)
  }
}

describe('N-202 at log level trace', () => {
  it('logs something of every request, so that what follows is worth something', async () => {
    await server.ask('GET', '/healthz', { headers: { 'x-request-id': 'seen-in-the-log' } })
    expect(server.running.log()).toContain('seen-in-the-log')
  })

  it('nothing that was handed out is written anywhere', async () => {
    const { body, headers } = await server.ask('POST', '/v1/sessions', {
      body: { username: 'ada', password: canary('password'), cookie: true },
    })
    const { client, secret } = await server.client()
    const opaque = await server.client({ tokenForm: 'opaque' })
    const personal = await server.personalToken(ada.id)
    const tokens = [
      String(body.access_token),
      String(body.refresh_token),
      headers.get('set-cookie')?.split(/[=;]/)[1] ?? '',
      secret,
      opaque.secret,
      personal,
      await server.machineToken(client),
      await server.machineToken(opaque.client),
    ]
    const refreshed = await server.ask('POST', '/v1/sessions/refresh', {
      headers: { 'idempotency-key': canary('retry-key') },
      body: { refresh_token: body.refresh_token },
    })
    tokens.push(String(refreshed.body.access_token), String(refreshed.body.refresh_token))
    for (const token of tokens) {
      await server.ask('GET', '/v1/me', { headers: bearer(token) })
      await server.ask('POST', '/oauth2/introspect', { headers: basic(client.id, secret), body: form({ token }) })
    }
    const parts = tokens.flatMap((token) => token.split('.').slice(-1))
    await expectNowhere([...tokens, ...parts, canary('password'), canary('retry-key')])
  })

  it('nothing that was sent is written anywhere, or said back', async () => {
    const { access } = await server.session(ada.id)
    const c = canary
    const answers = [
      await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: c('wrong-password') } }),
      await server.ask('POST', '/v1/sessions', { body: { username: c('as-username'), password: 'x' } }),
      await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: 'x', [c('member')]: c('value') } }),
      await server.ask('POST', '/v1/sessions', { body: { username: { [c('nested')]: 1 }, password: [c('list')] } }),
      await server.ask('GET', '/v1/me', { headers: bearer(c('bearer')) }),
      await server.ask('GET', '/v1/me', { headers: { authorization: c('authorization') } }),
      await server.ask('GET', '/v1/me', { headers: cookie(c('cookie')) }),
      await server.ask('GET', `/v1/me?access_token=${c('query')}`, { headers: bearer(access) }),
      await server.ask('GET', `/v1/authorizations?cursor=${c('cursor')}`, { headers: bearer(access) }),
      await server.ask('DELETE', `/v1/authorizations/${c('path')}`, { headers: bearer(access) }),
      await server.ask('GET', `/${c('target')}`, { headers: { [c('header')]: c('header-value') } }),
      await server.ask('PUT', '/v1/me/password', {
        headers: bearer(access),
        body: { current_password: c('current'), new_password: c('new') },
      }),
      await server.ask('PUT', '/v1/me/password', {
        headers: bearer(access),
        body: { current_password: canary('password'), new_password: 'short' },
      }),
      await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: c('refresh') } }),
      await server.ask('POST', '/v1/sessions/refresh', {
        body: { refresh_token: 'x'.repeat(20) },
        headers: { 'idempotency-key': c('key') },
      }),
      await server.ask('POST', '/oauth2/token', {
        headers: basic(c('client-id'), c('client-secret')),
        body: form({ grant_type: c('grant') }),
      }),
      await server.ask('POST', '/oauth2/token', {
        body: form({ client_id: c('form-id'), client_secret: c('form-secret') }),
      }),
      await server.ask('POST', '/oauth2/revoke', { body: form({ client_id: 'countersign', token: c('revoked') }) }),
      await server.ask('GET', '/healthz', {
        headers: { 'x-request-id': `${c('request-id')} `, 'user-agent': c('user-agent') },
      }),
      await server.ask('TRACE', `/v1/me`, { headers: bearer(c('trace')) }),
    ]
    const places =
      'wrong-password as-username member value nested list bearer authorization cookie query cursor path target header header-value current new refresh key client-id client-secret grant form-id form-secret revoked user-agent trace'
    for (const path of dialectPasswordPaths) {
      answers.push(
        await guess(server, path, named(c(`user-at-${path.name}`)), c(`password-at-${path.name}`), newAddress()),
      )
    }
    for (const path of refreshingPaths) answers.push(await sendRefresh(path, c(`refresh-at-${path.operationId}`)))
    const everywhere = [
      ...places.split(' '),
      ...dialectPasswordPaths.flatMap(({ name }) => [`user-at-${name}`, `password-at-${name}`]),
      ...refreshingPaths.map(({ operationId }) => `refresh-at-${operationId}`),
    ]
    await expectNowhere(everywhere.map(canary), answers)
  })

  it('N-205 nothing of a body that is no JSON is written or said back', async () => {
    const secret = canary('malformed')
    const headers = { 'content-type': 'application/json' }
    const bodies = [
      `{"password": ${secret}}`,
      `{"password":"${secret}`,
      `${secret}`,
      `{"a":"${secret}\\u00"}`,
      `{"password":"${secret}"}}`,
    ]
    const answers = await Promise.all(bodies.map((body) => server.ask('POST', '/v1/sessions', { headers, body })))
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 400))
    expect(new Set(answers.map(({ body }) => body.detail))).toEqual(new Set(['The body is not valid JSON.']))
    await expectNowhere([secret], answers)
  })

  it('N-203 nothing is written when the store fails in the middle', async () => {
    const { refresh, access } = await server.session(ada.id)
    server.sql('ALTER TABLE counters RENAME TO gone')
    const answers = [
      await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: canary('failing-password') } }),
      await server.ask('PUT', '/v1/me/password', {
        headers: bearer(access),
        body: { current_password: canary('failing-current'), new_password: newPassword },
      }),
    ]
    server.sql('ALTER TABLE gone RENAME TO counters')
    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    await expectNowhere([canary('failing-password'), canary('failing-current'), refresh, access], answers)
  })

  it('N-204 nothing of an answer that cannot be given is written or said, whatever the fault says of it', async () => {
    const { useCases } = server.running.authority
    const { access } = await server.session(ada.id)
    const [seed, cookieValue] = [canary('seed-in-a-fault'), canary('cookie-in-a-fault')]
    // As validators of answers word it, and engines: with what was in the answer.
    const quoting = new TypeError(`/response/secret ${seed} must match the pattern ^[A-Z2-7]{32}$`)
    vi.spyOn(useCases.totp, 'setUpAnew').mockRejectedValueOnce(quoting)
    vi.spyOn(useCases.accessTokens, 'issueCookie').mockReturnValueOnce(new PlainToken(`${cookieValue}\r\nX: 1`))
    const open = useCases.sessions.open.bind(useCases.sessions)
    const unwritable: { refreshToken?: string } = {}
    const post = (path: string, body: object) =>
      server.running.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer(access) },
        body: JSON.stringify(body),
      })
    const login = { username: 'ada', password: canary('password') }
    const faulty = [
      await post('/v1/me/totp', { password: canary('password') }),
      await post('/v1/sessions', { ...login, cookie: true }),
    ]
    vi.spyOn(useCases.sessions, 'open').mockImplementationOnce(async (...given) => {
      const set = await open(...given)
      unwritable.refreshToken = set.refreshToken?.reveal() ?? ''
      return { ...set, refreshExpiresInSeconds: 1n as never }
    })
    faulty.push(await post('/v1/sessions', login))
    expect(faulty.map(({ status }) => status)).toEqual([500, 500, 500])
    const secrets = [seed, cookieValue, canary('password'), unwritable.refreshToken ?? '']
    for (const answer of faulty) {
      const text = JSON.stringify([...answer.headers]) + (await answer.text())
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    }
    await expectNowhere(secrets)
  })

  it('N-210 the metrics name no user and no client', async () => {
    const { text } = await server.ask('GET', '/metrics')
    expect(text).toContain('countersign_requests_total{operation="createSession"')
    expect(text).not.toContain(ada.id)
    expect(text).not.toMatch(/\bada\b/)
  })
})
