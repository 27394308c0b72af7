// The exchange of tokens (RFC 8693), against a stand-in of the token endpoint: it shows what is sent, and how each answer
// of the RFC is taken. The server's own rules for this grant are tested with the server.
import {
  createClient,
  memoryStore,
  passwordSession,
  type TokenExchangeOptions,
  tokenExchange,
} from '@countersign/client'
import { describe, expect, it } from 'vitest'
import { type Reaction, type Received, startHttpServer } from '../src/testing/http-server.ts'
import { countingRandom, manualClock } from '../src/testing/manual-clock.ts'
import { problem, sessionRules } from '../src/testing/session-rules.ts'

const resource = 'https://orders.example'

/** Issues `exchanged-1`, `exchanged-2`, …, unless it has another answer to give; only the newest from `oldest` on works. */
async function startTokenEndpoint(answers: Reaction[] = []) {
  const state = { issued: 0, oldest: 1 }
  const rules = sessionRules()
  const react = (request: Received): Reaction => {
    if (request.path === '/oauth2/token') {
      const answer = answers.shift()
      if (answer) return answer
      state.issued += 1
      const issued = { access_token: `exchanged-${state.issued}`, token_type: 'Bearer', expires_in: 300 }
      const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token'
      return { status: 200, json: { ...issued, issued_token_type, scope: 'orders:read' } }
    }
    if (request.path === '/oauth2/revoke') return { status: 200 }
    const [kind, number] = String(request.headers.authorization).split('-')
    if (kind !== 'Bearer exchanged') return rules.react(request)
    return Number(number) >= state.oldest ? { status: 200, json: {} } : problem(401, 'token_invalid')
  }
  const server = await startHttpServer(react)
  const clock = manualClock()
  const client = (options: Partial<TokenExchangeOptions> = {}) => {
    const auth = tokenExchange({ subject: () => 'subject-1', resource, clientId: 'countersign', ...options })
    return createClient({ baseUrl: server.url, auth, clock, random: countingRandom() })
  }
  const exchanges = () => server.received.filter(({ path }) => path === '/oauth2/token')
  return { server, state, clock, client, exchanges, forms: () => exchanges().map(formOf) }
}

const formOf = ({ body }: Received) => Object.fromEntries(new URLSearchParams(body))
const refusal = (error: string): Reaction => ({ status: 400, json: { error, error_description: 'It was refused.' } })

describe('an exchange', () => {
  it('sends the parameters of RFC 8693 §2.1 with the id of a public client, once for all calls', async () => {
    const { client, exchanges, forms, server } = await startTokenEndpoint()
    const { GET } = client({ scope: 'orders:read' })
    await Promise.all(Array.from({ length: 20 }, () => GET('/v1/me')))
    expect(forms()).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: 'subject-1',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource,
        scope: 'orders:read',
        client_id: 'countersign',
      },
    ])
    expect(exchanges()[0]?.headers.authorization).toBeUndefined()
    expect(server.received.at(-1)?.headers.authorization).toBe('Bearer exchanged-1')
  })

  it('authenticates a confidential client by Basic, and asks for no scope unless one is given', async () => {
    const { client, exchanges, forms } = await startTokenEndpoint()
    await client({ clientId: 'orders', clientSecret: 'cs_key_x' }).GET('/v1/me')
    expect(exchanges()[0]?.headers.authorization).toBe(`Basic ${btoa('orders:cs_key_x')}`)
    expect(Object.keys(forms()[0] ?? {}).sort()).toEqual([
      'grant_type',
      'resource',
      'subject_token',
      'subject_token_type',
    ])
  })

  it('takes its subject token from another source, which is refreshed as usual', async () => {
    const { client, clock, forms, server } = await startTokenEndpoint()
    const subject = passwordSession({ username: 'ada', password: 'correct horse', store: memoryStore() })
    const { GET } = client({ subject })
    await GET('/v1/me')
    clock.advance(601)
    await GET('/v1/me')
    expect(forms().map(({ subject_token }) => subject_token)).toEqual(['access-1-1', 'access-1-2'])
    expect(server.count('/v1/sessions/refresh')).toBe(1)
  })

  it('is repeated ahead of the expiry of its token, and after a refusal', async () => {
    const { client, clock, state, exchanges } = await startTokenEndpoint()
    const { GET } = client()
    await GET('/v1/me')
    clock.advance(290)
    await GET('/v1/me')
    expect(exchanges()).toHaveLength(2)
    state.oldest = 3
    expect((await GET('/v1/me')).response.status).toBe(200)
    expect(exchanges()).toHaveLength(3)
  })

  it.each(['invalid_grant', 'invalid_request'])('is tried with another subject token after %s, once', async (error) => {
    const { client, forms } = await startTokenEndpoint([refusal(error)])
    const subjects = ['subject-1', 'subject-2']
    await client({ subject: () => subjects.shift() }).GET('/v1/me')
    expect(forms().map(({ subject_token }) => subject_token)).toEqual(['subject-1', 'subject-2'])
  })

  it('that is refused although the subject has no other token rejects with the refusal', async () => {
    const { client, exchanges } = await startTokenEndpoint([refusal('invalid_grant')])
    await expect(client().GET('/v1/me')).rejects.toMatchObject({ name: 'ProblemError', code: 'invalid_grant' })
    expect(exchanges()).toHaveLength(1)
  })

  it.each(['invalid_target', 'invalid_scope', 'unauthorized_client'])(
    'rejects with %s, and is not repeated',
    async (error) => {
      const { client, exchanges } = await startTokenEndpoint([refusal(error)])
      await expect(client().GET('/v1/me')).rejects.toMatchObject({ code: error, status: 400 })
      expect(exchanges()).toHaveLength(1)
    },
  )

  it('shows neither the subject token nor the secret in an error, whatever the server echoes', async () => {
    const echo = { error: 'invalid_client', error_description: 'No subject-1 and no cs_key_x here.' }
    const { client } = await startTokenEndpoint([{ status: 401, json: echo }])
    const call = client({ clientId: 'orders', clientSecret: 'cs_key_x' }).GET('/v1/me')
    const failure = await call.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'invalid_client' })
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/subject-1|cs_key_x/)
  })

  it('without a subject token is a SessionExpiredError, and nothing is sent', async () => {
    const { client, server } = await startTokenEndpoint()
    await expect(client({ subject: () => undefined }).GET('/v1/me')).rejects.toMatchObject({ code: 'session_expired' })
    expect(server.received).toEqual([])
  })

  it('is signed out by revoking the token that was issued (RFC 7009), as the same client', async () => {
    const { client, server } = await startTokenEndpoint()
    const { GET, signOut } = client()
    await GET('/v1/me')
    await signOut()
    const revocations = server.received.filter(({ path }) => path === '/oauth2/revoke')
    expect(revocations.map(formOf)).toEqual([{ token: 'exchanged-1', client_id: 'countersign' }])
    expect(server.count('/v1/sessions/current')).toBe(0)
  })
})
