import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Authorization, digest, type Introspection, looksLikeSecret } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OperationId, routes } from '../../src/generated/index.ts'
import { fromBase32 } from '../authenticator.ts'
import {
  type ExercisedServer,
  type Success,
  startExercisedServer,
  succeed,
  successes,
} from '../contract/exercises/success.ts'
import type { Answer } from '../contract/recorder.ts'
import type { Kind } from '../dialect-tests.ts'
import { ofDialects } from '../dialects.ts'
import { needing } from '../store-features.ts'

const pair = ['access', 'refresh'] as const
const setup = ['TOTP secret', 'TOTP picture'] as const

/** The operations that issue credentials, and what each issues. No other response may have any of it (all-D5). */
const gives: { readonly [K in OperationId]?: readonly Kind[] } = {
  ...ofDialects((tests) => tests.gives),
  createSession: [...pair, 'cookie'],
  refreshSession: pair,
  issueToken: ['access'],
  createPersonalToken: ['access'],
  createClient: ['client secret'],
  regenerateClientCredentials: ['client secret'],
  createUser: setup,
  resetUserTotp: setup,
  startTotpEnrolment: setup,
  createRecoveryCodes: ['recovery code'],
}

/** The contract's own examples open nothing. */
const answering = successes.filter(({ operationId }) => routes[operationId].tag !== 'operations')

interface Credential {
  readonly kind: Kind
  readonly text: string
  readonly found?: Introspection & { readonly active: true }
}

let server: ExercisedServer
const handedOut: Credential[] = []
beforeAll(async () => {
  server = await startExercisedServer()
})
afterAll(() => server.server.close())

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** What a text is valid as, found by trying it at each operation that takes credentials. */
async function credentialIn(text: string): Promise<readonly Credential[]> {
  const found = await server.server.running.authority.useCases.introspect.inspectAny(text)
  if (found.active) return [{ kind: found.use, text, found }]
  if (looksLikeSecret(text, 'key')) return [{ kind: 'client secret', text }]
  if (/^data:image\/png;base64,/.test(text)) return [{ kind: 'TOTP picture', text }]
  if (/^[A-Z2-7]{32}$/.test(text)) return [{ kind: 'TOTP secret', text }]
  if (/^[A-Z2-7]{4}(-[A-Z2-7]{4}){5}$/.test(text)) return [{ kind: 'recovery code', text }]
  return []
}

async function credentialsIn({ headers, text }: Answer): Promise<readonly Credential[]> {
  const json = /json/.test(headers.get('content-type') ?? '') && text !== ''
  const found = await Promise.all(textsIn(json ? JSON.parse(text) : undefined).map(credentialIn))
  const cookie = headers.get('set-cookie')?.split(/[=;]/)[1]
  return [...found.flat(), ...(cookie ? [{ kind: 'cookie', text: cookie } as const] : [])]
}

/** The dialect that a session of an operation is of. */
const dialectOf = (operationId: OperationId): string => {
  const { tag } = routes[operationId]
  return tag === 'sessions' || tag === 'tokens' ? 'native' : tag
}

/** What a row must say for its tokens to be listed, refreshed, revoked and traced (N-063). */
async function expectStored(operationId: OperationId, { id }: Authorization, kinds: readonly Kind[]): Promise<void> {
  const { store } = server.server.running.authority
  const stored = (await store.authorizations.find(id))?.authorization
  expect(stored).toMatchObject({ id, dialect: dialectOf(operationId), clientId: expect.stringMatching(/./) })
  expect(stored?.refreshKeyNumber !== undefined).toBe(kinds.includes('refresh'))
  const byPerson = stored?.subject.kind === 'user' && stored.kind === 'session'
  expect((stored?.factors.length ?? 0) > 0).toBe(byPerson)
  const trail = server.server.sql('SELECT action FROM audit WHERE authorization_id = ? ORDER BY sequence', id)
  expect(trail[0]).toEqual({ action: 'authorization_created' })
}

describe.each(answering)('$operationId, answering $status', (success: Success) => {
  const { operationId } = success
  const expected = gives[operationId] ?? []

  it(`N-063 N-108 N-197 issues ${expected.length === 0 ? 'no credential' : 'its credentials and no other'}, stored, and not cacheable`, async () => {
    const answer = await succeed(server, success)
    const credentials = await credentialsIn(answer)
    handedOut.push(...credentials)
    const kinds = new Set(credentials.map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(expected))
    for (const { found } of credentials) {
      if (found) await expectStored(operationId, found.access.authorization, expected)
    }
    if (credentials.length === 0) return
    expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
    for (const name of ['location', 'content-location', 'link', 'refresh']) expect(answer.headers.has(name)).toBe(false)
    // A browser that opens the response does not even show its own picture.
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    for (const { kind, text } of credentials) {
      const elsewhere = [...answer.headers].filter(([name]) => kind !== 'cookie' || name !== 'set-cookie')
      expect(JSON.stringify(elsewhere)).not.toContain(text)
    }
  })
})

/** Whatever of a credential would be of use to a finder. */
function traces({ kind, text }: Credential): readonly Buffer[] {
  if (kind === 'TOTP secret') {
    const bytes = Buffer.from(fromBase32(text))
    return [Buffer.from(text), bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64'))]
  }
  if (kind === 'recovery code') return [Buffer.from(text), Buffer.from(text.replaceAll('-', ''))]
  if (/^[0-9a-f]{64}$/.test(text)) return [Buffer.from(text), Buffer.from(text, 'hex')]
  const signature = text.split('.').at(-1) ?? text
  return [Buffer.from(text), Buffer.from(signature), Buffer.from(signature, 'base64url')]
}

it('N-047 N-100 N-201 nothing that was handed out is in the data folder or in the log', (context) => {
  needing('file')(context)
  const { authority, log } = server.server.running
  const { data } = authority.config
  const places = [Buffer.from(log()), ...readdirSync(data).map((name) => readFileSync(join(data, name)))]
  expect(new Set(handedOut.map(({ kind }) => kind)).size).toBe(7)
  for (const credential of handedOut) {
    for (const trace of traces(credential)) {
      expect({ of: credential.kind, found: places.some((bytes) => bytes.includes(trace)) }).toEqual({
        of: credential.kind,
        found: false,
      })
    }
  }
  // The search finds what is there.
  const secret = handedOut.find(({ kind }) => kind === 'client secret')
  expect(places.some((bytes) => bytes.includes(Buffer.from(digest(secret?.text ?? ''))))).toBe(true)
})
