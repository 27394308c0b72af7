// What was handed out by the version of each schema, and what comes of it at a server of this version.
import { readFileSync } from 'node:fs'
import { localCaller } from '@countersign/core'
import { expect } from 'vitest'
import type { TestServer } from '../../src/testing/test-server.ts'
import type { ManualTime } from '../../src/testing/time.ts'
import { Authenticator } from '../authenticator.ts'
import type { SchemaFixture } from './fixture.ts'

/** The folder of its fixture. */
export const folderOf = (schema: number): string => (schema === 6 ? 'before-revocations' : `schema-${schema}`)

export function readFixture(schema: number): SchemaFixture {
  const read = JSON.parse(readFileSync(new URL(`${folderOf(schema)}/tokens.json`, import.meta.url), 'utf8'))
  if (schema !== 6) return read as SchemaFixture
  const { client, machine, ...others } = read
  return { madeAt: 1_800_000_005, clients: { jwt: { ...client, token: machine.access_token } }, ...others }
}

/** The outcome of each credential at a server: `undefined` for one that the version of then did not have. */
export async function outcomes(server: TestServer, time: ManualTime, fixture: SchemaFixture) {
  const { users, ended, personal, totp, clients, password } = fixture
  const me = async (token: string) =>
    (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
  const post = (path: string, body: object | URLSearchParams) =>
    body instanceof URLSearchParams
      ? server.fetch(path, { method: 'POST', body })
      : server.fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
  const login = async (body: object) => (await post('/v1/sessions', body)).status
  const authenticator = totp && new Authenticator(totp.secret, time)
  const secrets: Record<string, unknown> = {}
  for (const [name, { token, ...credentials }] of Object.entries(clients)) {
    const granted = await post(
      '/oauth2/token',
      new URLSearchParams({ grant_type: 'client_credentials', ...credentials }),
    )
    const seen = await post('/oauth2/introspect', new URLSearchParams({ token, ...credentials }))
    secrets[name] = [granted.status, ((await seen.json()) as { active: boolean }).active]
  }
  return {
    access: [await me(users.ada.access_token), await me(users.vera.access_token)],
    ended: await me(ended.access_token),
    ...(users.gone && { disabled: await me(users.gone.access_token) }),
    password: await login({ username: 'vera', password }),
    wrong: await login({ username: 'vera', password: 'incorrect horse battery' }),
    secrets,
    ...(personal && { personal: await me(personal.token) }),
    ...(authenticator && {
      code: await login({ username: 'tom', password, code: authenticator.next() }),
      wrongCode: await login({ username: 'tom', password, code: authenticator.wrong() }),
    }),
  }
}

export const expected = ({ users, personal, totp, clients }: SchemaFixture) => ({
  access: [200, 200],
  ended: 401,
  // The version with schema 1 had no way to disable a user.
  ...(users.gone && { disabled: totp ? 401 : 200 }),
  password: 201,
  wrong: 401,
  secrets: Object.fromEntries(Object.keys(clients).map((name) => [name, [200, true]])),
  ...(personal && { personal: 200 }),
  ...(totp && { code: 201, wrongCode: 401 }),
})

/** Refresh tokens and recovery codes are used up by it. */
export async function useUp(server: TestServer, { refreshed, totp, users, manifold }: SchemaFixture): Promise<void> {
  const refresh = async (refresh_token: string) =>
    (
      await server.fetch('/v1/sessions/refresh', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token }),
      })
    ).status
  expect(await refresh(users.vera.refresh_token)).toBe(200)
  if (refreshed) {
    expect(await refresh(refreshed.refresh_token)).toBe(200)
    // It was used before the migration, and is not forgotten.
    expect(await refresh(refreshed.used)).toBe(401)
    expect(await refresh(refreshed.refresh_token)).toBe(401)
  }
  if (manifold) {
    const authorization = `Bearer ${manifold.refresh_token}`
    expect((await server.fetch('/manifold-api/login', { headers: { authorization } })).status).toBe(200)
  }
  const { store, useCases } = server.authority
  const tom = await store.users.findByName('tom')
  for (const code of totp?.recoveryCodes.slice(0, 1) ?? []) {
    expect(await useCases.recoveryCodes.spend({ userId: tom?.id, code }, localCaller.context)).toBe(true)
    expect(await useCases.recoveryCodes.spend({ userId: tom?.id, code }, localCaller.context)).toBe(false)
  }
}
