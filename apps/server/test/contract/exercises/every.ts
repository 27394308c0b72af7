// A way to each documented answer of each operation of the contract, on one server.

import { goodPassword } from '../../../src/testing/test-server.ts'
import type { OwnOperation } from '../../dialect-tests.ts'
import { dialectTests } from '../../dialects.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../../recorded-server.ts'
import type { Answer, Question } from '../recorder.ts'
import { apiExercises } from './apis.ts'
import { clientExercises } from './clients.ts'
import { dropletExercises } from './droplets.ts'
import { type Exercises, once, type Ways } from './exercise.ts'
import { peopleExercises } from './people.ts'
import { runningExercises } from './running.ts'
import { tokenExercises } from './tokens.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'
const recentFile = { id: 'example.com/ada/engine', name: 'engine', revision: '1.11.105', path: 'src/notes.txt' }
const unknownId = '0'.repeat(22)
const tooLarge = 'x'.repeat(20_000)
const plainText = { headers: { 'content-type': 'text/plain' }, body: 'words' }

/** On a server whose console was not built. */
async function notBuilt(): Promise<Answer> {
  const server = await startRecordedServer({ consoleFiles: { read: () => undefined } })
  try {
    return await server.ask('GET', '/console')
  } finally {
    await server.close()
  }
}

/** Prepares the server for all of them. The compiler refuses an operation or an answer that is forgotten. */
let made = 0

export async function everyExercise(server: RecordedServer): Promise<Exercises> {
  const vera = await server.user('vera')
  await server.user('max', 'manager')
  const session = await server.session(vera.id)
  const registered = await server.client()
  const machine = await server.machineToken(registered.client)
  const client = basic(registered.client.id, registered.secret)
  const writeOnly = await server.narrowed(vera.id, 'write')
  const readOnly = await server.narrowed(vera.id, 'read')
  const readable = await server.personalToken(vera.id, ['read'])
  let address = 0

  const ask = (method: string, path: string, question?: Question) => server.ask(method, path, question)
  const withToken = (token: string) => ({ headers: bearer(token) })

  /** While the server is stopping. */
  async function stopped(method: string, path: string): Promise<Answer> {
    server.running.app.stop()
    try {
      return await ask(method, path)
    } finally {
      server.running.app.ready()
    }
  }

  /** What a page of another site is answered where a secret or a grant is judged. */
  const foreign = (method: string, path: string): Promise<Answer> =>
    ask(method, path, { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } })

  /** The answer to the first guess that is not answered 400 or 401 any more, from an address of its own. */
  async function throttled(method: string, path: string, question: Question): Promise<Answer> {
    address++
    const headers = { ...question.headers, 'x-forwarded-for': `192.0.2.${address}` }
    let answer: Answer
    let guesses = 0
    do answer = await ask(method, path, { ...question, headers })
    while (answer.status < 429 && ++guesses < 10)
    return answer
  }

  /** What every operation without a credential can answer. */
  const open = (method: string, path: string) => ({
    400: () => ask(method, `${path}?unknown=1`),
    503: () => stopped(method, path),
  })

  /** What every operation with a token can answer. */
  const guarded = (method: string, path: string, refusedToken: () => string) => ({
    400: () => ask(method, `${path}?unknown=1`, withToken(session.access)),
    401: () => ask(method, path),
    403: () => ask(method, path, withToken(refusedToken())),
    503: () => stopped(method, path),
  })

  const bodied: Ways['bodied'] = (method, path, headers = () => ({})) => ({
    413: async () =>
      ask(method, path, { headers: { ...(await headers()), 'content-type': 'application/json' }, body: tooLarge }),
    415: async () => ask(method, path, { ...plainText, headers: { ...(await headers()), ...plainText.headers } }),
  })

  const ways: Ways = {
    server: () => server,
    owner: once(async () => (await server.user('boss', 'owner')).id),
    stopped,
    foreign,
    throttled,
    bodied,
  }

  const oauth = (path: string) => ({
    400: () => ask('POST', path, { headers: client, body: form({ unknown: '1' }) }),
    401: () => ask('POST', path, { body: form({ token: 'x', grant_type: 'client_credentials' }) }),
    403: () => foreign('POST', path),
    ...bodied('POST', path, () => client),
    429: () =>
      throttled('POST', path, {
        headers: basic(path, 'wrong'),
        body: form({ token: 'x', grant_type: 'client_credentials' }),
      }),
    503: () => stopped('POST', path),
  })

  const changes = (current: string, next: string) => ({
    headers: bearer(session.access),
    body: { current_password: current, new_password: next },
  })

  const own: Exercises<OwnOperation> = {
    ...peopleExercises(ways),
    ...apiExercises(ways),
    ...clientExercises(ways),
    ...dropletExercises(ways),
    ...tokenExercises(ways),
    ...runningExercises(ways),
    createSession: {
      201: () => ask('POST', '/v1/sessions', { body: { username: 'vera', password: goodPassword, cookie: true } }),
      400: () => ask('POST', '/v1/sessions', { body: { username: 'vera' } }),
      401: () => ask('POST', '/v1/sessions', { body: { username: 'vera', password: 'wrong' } }),
      403: () => foreign('POST', '/v1/sessions'),
      ...bodied('POST', '/v1/sessions'),
      429: () => throttled('POST', '/v1/sessions', { body: { username: 'nobody-else', password: 'wrong' } }),
      503: () => stopped('POST', '/v1/sessions'),
    },
    endSessions: {
      ...guarded('DELETE', '/v1/sessions', () => machine),
      ...bodied('DELETE', '/v1/sessions?others=true', () => bearer(session.access)),
      204: async () => {
        const { id } = await server.user(`ends-others-${++made}`)
        return ask('DELETE', '/v1/sessions?others=true', withToken((await server.session(id)).access))
      },
      429: async () => {
        const { access } = await server.session(await ways.owner())
        const question = { headers: bearer(access), body: { password: 'wrong' } }
        const answer = await throttled('DELETE', '/v1/sessions?everybody=true', question)
        // The owner is needed by others.
        server.sql('DELETE FROM counters')
        return answer
      },
    },
    refreshSession: {
      200: async () =>
        ask('POST', '/v1/sessions/refresh', { body: { refresh_token: (await server.session(vera.id)).refresh } }),
      400: () => ask('POST', '/v1/sessions/refresh', { body: { refresh_token: 1 } }),
      401: () => ask('POST', '/v1/sessions/refresh', { body: { refresh_token: session.access } }),
      403: () => foreign('POST', '/v1/sessions/refresh'),
      ...bodied('POST', '/v1/sessions/refresh'),
      503: () => stopped('POST', '/v1/sessions/refresh'),
    },
    showSession: {
      ...guarded('GET', '/v1/sessions/current', () => machine),
      200: () => ask('GET', '/v1/sessions/current', withToken(session.access)),
    },
    endSession: {
      ...guarded('DELETE', '/v1/sessions/current', () => machine),
      204: async () => ask('DELETE', '/v1/sessions/current', withToken((await server.session(vera.id)).access)),
    },
    checkForwardedRequest: {
      ...guarded('GET', '/v1/forward-auth', () => machine),
      204: () => ask('GET', '/v1/forward-auth', { headers: { ...bearer(machine), 'x-forwarded-method': 'GET' } }),
      403: () =>
        ask('GET', '/v1/forward-auth?role=owner&scope=read', {
          headers: { ...bearer(machine), 'x-forwarded-method': 'GET' },
        }),
    },
    showMe: {
      ...guarded('GET', '/v1/me', () => machine),
      200: () => ask('GET', '/v1/me', withToken(session.access)),
    },
    listMyApis: {
      ...guarded('GET', '/v1/me/apis', () => machine),
      200: () => ask('GET', '/v1/me/apis', withToken(session.access)),
    },
    changePassword: {
      ...guarded('PUT', '/v1/me/password', () => machine),
      ...bodied('PUT', '/v1/me/password', () => bearer(session.access)),
      204: async () => {
        const { id } = await server.user('changes')
        const { access } = await server.session(id)
        return ask('PUT', '/v1/me/password', { ...changes(goodPassword, newPassword), headers: bearer(access) })
      },
      422: () => ask('PUT', '/v1/me/password', changes(goodPassword, 'too short')),
      429: () => throttled('PUT', '/v1/me/password', changes('wrong', newPassword)),
    },
    listAuthorizations: {
      ...guarded('GET', '/v1/authorizations', () => writeOnly),
      200: () => ask('GET', '/v1/authorizations?limit=2', withToken(session.access)),
    },
    showAuthorization: {
      ...guarded('GET', `/v1/authorizations/${unknownId}`, () => writeOnly),
      200: () => ask('GET', `/v1/authorizations/${session.id}`, withToken(session.access)),
      404: () => ask('GET', `/v1/authorizations/${unknownId}`, withToken(session.access)),
    },
    listAuthorizationEvents: {
      ...guarded('GET', `/v1/authorizations/${unknownId}/events`, () => writeOnly),
      200: () => ask('GET', `/v1/authorizations/${session.id}/events`, withToken(session.access)),
      404: () => ask('GET', `/v1/authorizations/${unknownId}/events`, withToken(session.access)),
    },
    revokeAuthorization: {
      ...guarded('DELETE', `/v1/authorizations/${'0'.repeat(22)}`, () => readOnly),
      204: async () =>
        ask('DELETE', `/v1/authorizations/${(await server.session(vera.id)).id}`, withToken(session.access)),
      404: () => ask('DELETE', `/v1/authorizations/${'0'.repeat(22)}`, withToken(session.access)),
    },
    issueToken: {
      ...oauth('/oauth2/token'),
      200: () => ask('POST', '/oauth2/token', { headers: client, body: form({ grant_type: 'client_credentials' }) }),
    },
    introspectToken: {
      ...oauth('/oauth2/introspect'),
      200: () => ask('POST', '/oauth2/introspect', { headers: client, body: form({ token: session.access }) }),
    },
    revokeToken: {
      ...oauth('/oauth2/revoke'),
      200: () => ask('POST', '/oauth2/revoke', { headers: client, body: form({ token: 'unknown' }) }),
    },
    listSigningKeys: {
      ...open('GET', '/oauth2/jwks'),
      200: () => ask('GET', '/oauth2/jwks'),
      304: async () => {
        const { headers } = await ask('GET', '/oauth2/jwks')
        return ask('GET', '/oauth2/jwks', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
      },
    },
    showAuthorizationServerMetadata: {
      ...open('GET', '/.well-known/oauth-authorization-server'),
      200: () => ask('GET', '/.well-known/oauth-authorization-server'),
    },
    recordRecentFile: {
      ...guarded('POST', '/v1/me/recent-files', () => readable),
      ...bodied('POST', '/v1/me/recent-files', () => bearer(session.access)),
      204: () => ask('POST', '/v1/me/recent-files', { headers: bearer(session.access), body: recentFile }),
    },
    checkLiveness: { ...open('GET', '/healthz'), 200: () => ask('GET', '/healthz') },
    checkReadiness: { ...open('GET', '/readyz'), 200: () => ask('GET', '/readyz') },
    showServer: {
      ...open('GET', '/'),
      200: () => ask('GET', '/'),
      302: () => ask('GET', '/', { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } }),
    },
    showConsole: {
      400: () => ask('GET', '/console', { headers: { host: 'a host' } }),
      503: () => stopped('GET', '/console'),
      200: () => ask('GET', '/console'),
      404: notBuilt,
    },
    showConsoleAsset: {
      400: () => ask('GET', '/console/assets/nothing.exe'),
      503: () => stopped('GET', '/console/assets/nothing.js'),
      200: () => ask('GET', '/console/assets/stand-in-1a2b3c4d.css'),
      404: () => ask('GET', '/console/assets/nothing.js'),
    },
    listMetrics: {
      ...open('GET', '/metrics'),
      200: () => ask('GET', '/metrics'),
      404: () => ask('GET', '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } }),
    },
    showContract: { ...open('GET', '/openapi.json'), 200: () => ask('GET', '/openapi.json') },
    showDocumentation: { ...open('GET', '/docs'), 200: () => ask('GET', '/docs') },
    showDocumentationAsset: {
      ...open('GET', '/docs/start.js'),
      200: () => ask('GET', '/docs/swagger-ui.css'),
      404: () => ask('GET', '/docs/nothing.css'),
    },
  }
  return Object.assign({}, own, ...dialectTests.map(({ exercises }) => exercises(ways)))
}
