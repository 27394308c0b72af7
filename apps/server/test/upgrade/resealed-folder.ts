import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { localCaller, openHash, openKeySet, passwordPepper, SealError, unseal } from '@countersign/core'
import { goodPassword, startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { Authenticator } from '../authenticator.ts'

/** One of everything that depends on the master key, or on a key that it seals. */
export interface Furnished {
  readonly time: ManualTime
  readonly session: { readonly access_token: string; readonly refresh_token: string }
  readonly personal: string
  readonly client: { readonly client_id: string; readonly client_secret: string }
  readonly machine: string
  readonly authenticator: Authenticator
  readonly recoveryCode: string
}

export async function withServer<T>(
  data: string,
  time: ManualTime,
  work: (server: TestServer) => Promise<T>,
  flags: Readonly<Record<string, string>> = {},
): Promise<T> {
  const server = await startTestServer({ data, time, flags, cheapHashes: true })
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}

const post = (server: TestServer, path: string, body: object, token?: string) =>
  server.fetch(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })

export const machineToken = (server: TestServer, client: Furnished['client']) =>
  server.fetch('/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', ...client }),
  })

/** Makes a data folder with two users, a client, and credentials of each kind. */
export async function furnish(data: string): Promise<Furnished> {
  mkdirSync(data, { mode: 0o700 })
  const time = new ManualTime()
  return withServer(data, time, async (server) => {
    const { useCases } = server.authority
    await server.user('vera', 'viewer')
    const { user } = await useCases.users.create(
      {
        username: 'tom',
        role: 'manager',
        password: goodPassword,
        requiredFactors: ['password', 'totp'],
        secretLater: true,
      },
      localCaller,
    )
    const authenticator = new Authenticator(await useCases.totp.setUp(user.id, localCaller), time)
    await logInWith(server, authenticator.code())
    const [recoveryCode] = await useCases.recoveryCodes.renew({ userId: user.id }, localCaller)
    const session = await server.login('vera')
    const personal = (await (await post(server, '/v1/tokens', { label: 'one' }, session.access_token)).json()) as {
      token: string
    }
    const { client, secret } = await server.client({ name: 'nightly', tokenForm: 'opaque' })
    const credentials = { client_id: client.id, client_secret: secret }
    const machine = (await (await machineToken(server, credentials)).json()) as { access_token: string }
    await useCases.keys.rotate('ES256', localCaller)
    return {
      time,
      session,
      personal: personal.token,
      client: credentials,
      machine: machine.access_token,
      authenticator,
      recoveryCode: recoveryCode?.reveal() ?? '',
    }
  })
}

/** The status of a login of the user with an authenticator. */
export const logInWith = async (server: TestServer, code: string, password = goodPassword): Promise<number> =>
  (await post(server, '/v1/sessions', { username: 'tom', password, code })).status

/** The statuses of one use of each credential. Recovery codes are single-use and not among them. */
export async function useEverything(server: TestServer, made: Furnished): Promise<Readonly<Record<string, unknown>>> {
  const me = async (token: string) =>
    (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
  const introspected = await server.fetch('/oauth2/introspect', {
    method: 'POST',
    body: new URLSearchParams({ token: made.machine, ...made.client }),
  })
  return {
    access: await me(made.session.access_token),
    personal: await me(made.personal),
    secret: (await machineToken(server, made.client)).status,
    opaque: ((await introspected.json()) as { active: boolean }).active,
    password: (await post(server, '/v1/sessions', { username: 'vera', password: goodPassword })).status,
    wrong: (await post(server, '/v1/sessions', { username: 'vera', password: 'incorrect horse battery' })).status,
    factors: await logInWith(server, made.authenticator.next()),
  }
}

export const everythingWorks = {
  access: 200,
  personal: 200,
  secret: 200,
  opaque: true,
  password: 201,
  wrong: 401,
  factors: 201,
} as const

/** The sealed values of a database, as bytes. */
export function sealedIn(path: string): readonly Uint8Array[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = db.prepare('select sealed from key_sets union all select sealed from enrolments').all()
    const hashes = db.prepare('select password_hash as hash from users where password_hash is not null').all()
    const secrets = rows.map(({ sealed }) => sealed as Uint8Array)
    return [...secrets, ...hashes.map(({ hash }) => Buffer.from(String(hash)))]
  } finally {
    db.close()
  }
}

/** What a key opens in a database: key sets, TOTP secrets, the pepper, hashes that can be guessed at. */
export function openedBy(path: string, keyFile: string): Readonly<Record<string, number>> {
  const key = readFileSync(keyFile)
  const opens = (work: () => unknown): boolean => {
    try {
      work()
      return true
    } catch (error) {
      if (error instanceof SealError) return false
      throw error
    }
  }
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const sets = db.prepare('select * from key_sets').all() as unknown as Parameters<typeof openKeySet>[0][]
    const stored = sets.map((set) => ({ ...set, publicJwk: (set as unknown as { public_jwk: string }).public_jwk }))
    const secrets = db.prepare('select user_id, sealed from enrolments').all()
    const [pepper] = db.prepare('select sealed from sealed_secrets').all()
    const hashes = db.prepare('select password_hash as hash from users where password_hash is not null').all()
    const count = <T>(values: readonly T[], work: (value: T) => unknown) =>
      values.filter((value) => opens(() => work(value))).length
    return {
      keySets: count(stored, (set) => openKeySet(set, key)),
      secrets: count(secrets, ({ user_id, sealed }) => unseal(sealed as Uint8Array, `totp secret of ${user_id}`, key)),
      pepper: count([pepper], (row) => passwordPepper(row?.sealed as Uint8Array | undefined, key)),
      hashes: count(hashes, ({ hash }) => openHash(String(hash), key)),
    }
  } finally {
    db.close()
  }
}

export const databaseOf = (data: string): string => join(data, 'countersign.db')
