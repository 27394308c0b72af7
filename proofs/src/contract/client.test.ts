import {
  type Auth,
  type Client,
  clientCredentials,
  createClient,
  isClientError,
  manifoldBasic,
  ProblemError,
  passwordSession,
  staticToken,
  UnexpectedResponseError,
  unwrap,
} from '@countersign/client'
import { dialects } from '@countersign/server'
import { type DocumentedOperation, examplesOf, operations } from '@countersign/server/testing/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answersOf, type ExemplaryServer, startExemplaryServer } from './exemplary-server.ts'

let server: ExemplaryServer
beforeAll(async () => {
  server = await startExemplaryServer()
})
beforeEach(() => server.answerWith(undefined))
afterAll(() => server.close())

/** Any operation, called as the typed calls are: with the contract's examples for whatever it takes. */
function call(client: Client, operation: DocumentedOperation, mediaType = 'application/json') {
  const { method, path, parameters, body } = operation
  const at = (place: string) =>
    Object.fromEntries(
      parameters.filter((parameter) => parameter.in === place).map(({ name, example }) => [name, example]),
    )
  const [type, media] = Object.entries(body)[0] ?? []
  const options = {
    params: { path: at('path'), query: at('query'), header: at('header') },
    ...(media ? { body: examplesOf(media)[0], headers: { 'Content-Type': type } } : {}),
    parseAs: /json/.test(mediaType) ? 'json' : 'text',
  }
  const request = client.request as unknown as (
    method: string,
    path: string,
    options: object,
  ) => Promise<{ data?: unknown; error?: unknown; response: Response }>
  return request(method.toLowerCase(), path, options)
}

describe('what the client sends', () => {
  it('is what the contract says, for every operation', async () => {
    const client = createClient({ baseUrl: server.url, auth: staticToken('a-token') })
    for (const operation of operations) {
      const { mediaType } = answersOf(operation).find(({ status }) => status < 300) ?? {}
      expect((await call(client, operation, mediaType)).response.ok).toBe(true)
    }
    expect(server.faults).toEqual([])
    expect([...server.asked].toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted())
  })

  const sources: [string, Auth, string][] = [
    [
      'a password session',
      passwordSession({ username: 'ada', password: 'correct horse battery staple' }),
      'createSession',
    ],
    [
      'client credentials',
      clientCredentials({ clientId: 'backup', clientSecret: 'cs_key_x', scope: 'read', audience: 'https://a.example' }),
      'issueToken',
    ],
  ]
  if (dialects.some(({ name }) => String(name) === 'manifold')) {
    sources.push(['Manifold', manifoldBasic({ username: 'ada', password: 'x' }), 'manifoldLogin'])
  }

  it.each(sources)('to get tokens for %s is what the contract says', async (_what, auth, operationId) => {
    let elapsed = 0
    const wait = () => new Promise<void>(() => {})
    const clock = { epochSeconds: () => 1_800_000_000 + elapsed, elapsedSeconds: () => elapsed, wait }
    const client = createClient({ baseUrl: server.url, auth, clock })
    await unwrap(client.GET('/v1/me'))
    elapsed += 7200
    await unwrap(client.GET('/v1/me'))
    await client.signOut()
    expect(server.faults).toEqual([])
    expect([...server.asked]).toContain(operationId)
  })
})

describe('what the client is answered', () => {
  const vendors = new Set(dialects.map(({ name }) => name).filter((name) => name !== 'manifold'))
  const answers = operations.flatMap((operation) =>
    answersOf(operation).map((answer, at) => ({
      operation,
      id: operation.operationId,
      status: answer.status,
      at,
      answer,
    })),
  )

  it.each(answers)('$status of $id, example $at, is understood', async ({ operation, answer }) => {
    server.answerWith(answer)
    const client = createClient({ baseUrl: server.url, auth: staticToken('a-token') })
    if (answer.status < 400 && answer.headers.Location !== undefined && answer.example === undefined) {
      await expect(call(client, operation, answer.mediaType)).rejects.toThrow(UnexpectedResponseError)
      return
    }
    const result = await call(client, operation, answer.mediaType)
    expect(result.response.status).toBe(answer.status)
    if (answer.status < 300) expect(result.data).toEqual(answer.example)
    if (answer.status < 400) return
    const error: unknown = await unwrap(result).catch((thrown: unknown) => thrown)
    expect(isClientError(error)).toBe(true)
    expect(error).toMatchObject({ status: answer.status })
    // What was never read is answered without a word (431).
    if (answer.example === undefined) {
      expect(error).toBeInstanceOf(UnexpectedResponseError)
      return
    }
    // What a vendor's words mean is the business of the vendor's own clients.
    if (vendors.has(operation.tag)) return
    expect(error).toBeInstanceOf(ProblemError)
    const { code, detail, error: short, error_description } = answer.example as Record<string, unknown>
    if (typeof code === 'string') expect(error).toMatchObject({ code, detail })
    if (error_description !== undefined) expect(error).toMatchObject({ code: short, detail: error_description })
    const retryAfter = answer.headers['Retry-After']
    if (retryAfter !== undefined) expect(error).toMatchObject({ retryAfterSeconds: Number(retryAfter) })
  })
})
