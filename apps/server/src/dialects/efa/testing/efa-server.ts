// A recorded server with the EFA dialect, its users, and the vendor's errors, for contract tests.
import { parseCompact } from '@countersign/core'
import type { Answer, Question } from '../../../../test/contract/recorder.ts'
import { bearer, startRecordedServer } from '../../../../test/recorded-server.ts'
import { goodPassword, type TestServerOptions } from '../../../testing/test-server.ts'
import { efaSessionPolicy } from '../policy.ts'

const base = '/v1/auth'

/** Errors by the vendor's numbers. */
export const efaErrors = {
  wrongLogin: { code: 25001, message: 'Invalid username or password' },
  keyExists: { code: 25002, message: 'API key exists already' },
  expiredToken: { code: 25003, message: 'Token has expired' },
  missingToken: { code: 25004, message: 'Token is missing' },
  invalidToken: { code: 25005, message: 'Invalid token' },
  unknownClient: { code: 25009, message: 'Unknown client' },
  noAccess: { code: 1000, message: 'No access to resource' },
  requestInvalid: { code: 1001, message: 'The request is not valid' },
} as const

export const seen = ({ status, body }: Answer) => ({ status, body })

/** Seconds from the issue of a JWT to its end. */
export function lifeOf(token: unknown): number {
  const { iat, exp } = claimsOf(token)
  return Number(exp) - Number(iat)
}

/** The claims of a JWT, not verified. */
export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const parsed = parseCompact(String(token))
  if (!parsed) throw new Error('not a JWT')
  return parsed.payload
}

/** Starts a server with an owner (`boss`), a manager (`max`) and a viewer (`vera`). */
export async function startEfaServer(options: TestServerOptions = {}) {
  const server = await startRecordedServer(options)
  const owner = (await server.user('boss', 'owner')).id
  await server.user('vera')
  await server.user('max', 'manager')

  const ask = (method: string, path: string, question?: Question) => server.ask(method, base + path, question)
  const asOwner = async () => bearer((await server.session(owner, efaSessionPolicy)).access)
  const idOf = async (name: string) => (await server.running.authority.store.users.findByName(name))?.id as string
  return {
    server,
    owner,
    ask,
    asOwner,
    idOf,
    /** As the owner. */
    act: async (method: string, path: string, body?: Question['body']) =>
      ask(method, path, { headers: await asOwner(), body }),
    sessionOf: async (name: string) => server.session(await idOf(name), efaSessionPolicy),
    newClient: async (role: 'viewer' | 'manager' = 'viewer') => (await server.client({ role })).client,
    logIn: (name: string) => ask('POST', '/token/access-token', { body: { username: name, password: goodPassword } }),
    refresh: (token: unknown, headers: Record<string, string> = {}) =>
      ask('POST', '/token/refresh', { headers, body: { 'grant-type': 'refresh_token', 'refresh-token': token } }),
    validate: (token: unknown, headers: Record<string, string> = {}) =>
      ask('GET', '/token/validate', { headers: { ...bearer(String(token)), ...headers } }),
  }
}

export type EfaServer = Awaited<ReturnType<typeof startEfaServer>>
