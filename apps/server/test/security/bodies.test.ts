import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialectNames } from '../../src/dialects/registry.ts'
import type { OperationId } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { examplesOf, operations } from '../contract/document.ts'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
  type Tokens,
} from '../recorded-server.ts'

const json = 'application/json'
const urlencoded = 'application/x-www-form-urlencoded'

let server: RecordedServer
let session: Tokens
let client: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  const { id } = await server.user('olga', 'owner')
  session = await server.session(id)
  await server.user('ada')
  client = await server.client()
})
afterAll(() => server.close())

/** The vendors' dialects follow their vendors (all-D7), each with tests of its own. */
const ours = operations.filter(({ tag }) => !dialectNames.includes(tag))

/** Bodies that do what is asked; the others' are the contract's examples, whose ids do not exist here. */
const accepted: { readonly [K in OperationId]?: () => Promise<Record<string, string>> } = {
  createSession: async () => ({ username: 'ada', password: goodPassword }),
  refreshSession: async () => {
    const { authority } = server.running
    const user = await authority.store.users.findByName('ada')
    return { refresh_token: (await server.session(user?.id ?? '')).refresh }
  },
  changePassword: async () => ({ current_password: goodPassword, new_password: goodPassword }),
  issueToken: async () => ({ grant_type: 'client_credentials' }),
  introspectToken: async () => ({ token: 'x' }),
  revokeToken: async () => ({ token: 'x' }),
  createPersonalToken: async () => ({ label: 'one more', role: 'viewer' }),
  introspectAnyToken: async () => ({ token: 'x' }),
  revokeAnyToken: async () => ({ token: 'x' }),
  recordRecentFile: async () => ({ id: 'example.com/a', name: 'a', revision: '1', path: 'a.txt' }),
}

const bodied = ours
  .filter(({ body }) => Object.keys(body).length > 0)
  .map(({ operationId, method, path, body, bodyRequired }) => {
    const [[mediaType, media] = ['', { schema: {} }]] = Object.entries(body)
    return {
      operationId,
      method,
      path,
      bodyRequired,
      mediaType,
      example: examplesOf(media)[0] as Record<string, unknown>,
    }
  })
const ofJson = bodied.filter(({ mediaType }) => mediaType === json)
const ofForms = bodied.filter(({ mediaType }) => mediaType === urlencoded)
const bodiless = ours.filter(({ body }) => Object.keys(body).length === 0)

type Operation = (typeof bodied)[number]
const credentialsOf = ({ mediaType }: Pick<Operation, 'mediaType'>) =>
  mediaType === json ? bearer(session.access) : basic(client.client.id, client.secret)

/** What an operation requires besides. */
const queries: { readonly [K in OperationId]?: string } = { endSessions: '?others=true' }

const send = async (
  operation: Operation,
  body: string | Uint8Array,
  headers: Record<string, string | string[]> = { 'content-type': operation.mediaType },
) => {
  const path = operation.path.replace(/\{\w+\}/g, '0'.repeat(22)) + (queries[operation.operationId] ?? '')
  return server.ask(operation.method, path, { headers: { ...credentialsOf(operation), ...headers }, body })
}

const fieldsOf = async ({ operationId, example }: Operation): Promise<Record<string, unknown>> =>
  (await accepted[operationId]?.()) ?? example

describe.each(ofJson)('the JSON of $operationId', (operation) => {
  it('is accepted as it should be, also with a charset', async () => {
    for (const type of [json, `${json}; charset=utf-8`, `${json};charset="UTF-8"`]) {
      const text = JSON.stringify(await fieldsOf(operation))
      const { status } = await send(operation, text, { 'content-type': type })
      if (operation.operationId in accepted) expect(status).toBeLessThan(300)
      else expect([400, 413, 415]).not.toContain(status)
    }
  })

  it('N-150 N-151 N-152 N-153 N-154 N-155 is refused in every other spelling', async () => {
    const fields = await fieldsOf(operation)
    const good = JSON.stringify(fields)
    const [name = '', value = ''] = Object.entries(fields)[0] ?? []
    const inside = good.slice(1)
    const with_ = (text: string) => JSON.stringify({ ...fields, [name]: 'PLACE' }).replace('"PLACE"', text)
    const bytes = (...codes: number[]) =>
      Buffer.from(with_('"ab"').replace('ab', String.fromCharCode(...codes)), 'latin1')
    const wrong: [string, string | Uint8Array][] = [
      ['N-150 a member twice', `{"${name}":"other",${inside}`],
      [
        'N-150 a member twice, once escaped',
        `{"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":"other",${inside}`,
      ],
      ['N-151 __proto__', `{"__proto__":{"role":"owner"},${inside}`],
      ['N-151 constructor', `{"constructor":{"prototype":{"x":1}},${inside}`],
      ['an unknown member', `{"role":"owner",${inside}`],
      ['a subject', `{"sub":"0","userId":"0",${inside}`],
      ['N-152 depth', with_(`${'['.repeat(5000)}${']'.repeat(5000)}`)],
      ['N-152 members', `{${Array.from({ length: 1000 }, (_, i) => `"m${i}":1`).join()},${inside}`],
      ['N-152 a long number', with_('1'.repeat(10_000))],
      ['N-153 a lone surrogate', with_('"\\ud800"')],
      ['N-153 a byte order mark', `\ufeff${good}`],
      ['N-153 NUL', with_('"\\u0000"')],
      ['N-153 overlong UTF-8', bytes(0xc0, 0xaf)],
      ['N-153 no UTF-8', bytes(0xff, 0xfe)],
      ['N-153 UTF-16', Buffer.from(good, 'utf16le')],
      ['N-154 a number beyond a double', with_('1E400')],
      ['N-154 a leading zero', with_('01')],
      ['N-154 NaN', with_('NaN')],
      ...(typeof value === 'string' ? [['N-154 a number', with_('1.0')] as [string, string]] : []),
      ['N-155 white space', '  '],
      ['N-155 null', 'null'],
      ['N-155 an array', `[${good}]`],
      ['N-155 a string', JSON.stringify(value)],
      ['N-155 more after it', `${good}x`],
      ['N-155 two documents', `${good}${good}`],
      ['N-155 a comma too many', `${good.slice(0, -1)},}`],
      ['N-155 a comment', `/**/${good}`],
      ['N-155 single quotes', good.replaceAll('"', "'")],
      ['N-155 half of it', good.slice(0, -3)],
    ]
    const statuses: [string, number][] = []
    for (const [what, body] of wrong) {
      if (body !== good) statuses.push([what, (await send(operation, body)).status])
    }
    if (operation.bodyRequired) statuses.push(['N-155 nothing', (await send(operation, '')).status])
    expect(statuses.filter(([, status]) => status !== 400)).toEqual([])
    expect(({} as Record<string, unknown>).role).toBeUndefined()
  })

  it('N-152 of a megabyte is not read', async () => {
    expect((await send(operation, JSON.stringify({ username: 'x'.repeat(1_000_000) }))).status).toBe(413)
  })
})

describe.each(bodied)('the body of $operationId', (operation) => {
  it('N-156 is not decompressed', async () => {
    const fields = await fieldsOf(operation)
    const text = operation.mediaType === json ? JSON.stringify(fields) : `${form(fields as Record<string, string>)}`
    const codings = ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x-gzip', 'unheard-of']
    for (const coding of codings) {
      const headers = { 'content-type': operation.mediaType, 'content-encoding': coding }
      expect((await send(operation, gzipSync(text), headers)).status).toBe(415)
    }
  })

  it('N-168 N-169 N-170 is read as one media type, in UTF-8, and as no other', async () => {
    const fields = await fieldsOf(operation)
    const text = operation.mediaType === json ? JSON.stringify(fields) : `${form(fields as Record<string, string>)}`
    const others = [
      'text/plain',
      'multipart/form-data; boundary=x',
      operation.mediaType === json ? urlencoded : json,
      `${operation.mediaType};charset=utf-16`,
      `${operation.mediaType};charset=bogus`,
      `${operation.mediaType};charset=utf-7`,
      'application/vnd+json',
      'application/json-patch+json',
      '*/*',
      '',
    ]
    for (const type of others)
      expect([type, (await send(operation, text, { 'content-type': type })).status]).toEqual([type, 415])
    expect((await send(operation, text, {})).status).toBe(415)
    expect((await send(operation, text, { 'content-type': [operation.mediaType, 'text/plain'] })).status).toBe(400)
  })
})

describe.each(ofForms)('the form of $operationId', (operation) => {
  it('ignores parameters that it does not know (RFC 6749 §3.2)', async () => {
    const body = `${form({ ...(await fieldsOf(operation)), unknown: '1' })}`
    expect((await send(operation, body)).status).toBe(200)
  })

  it('says which parameter is missing', async () => {
    const [name = ''] = Object.keys(await fieldsOf(operation))
    const { status, body } = await send(operation, 'unknown=1')
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(body.error_description).toMatch(
      new RegExp(`^The request does not match the contract: .*\\b${name} is required`),
    )
  })

  it('N-151 N-170 is refused with a parameter twice, without its value, and against its grammar', async () => {
    const good = `${form((await fieldsOf(operation)) as Record<string, string>)}`
    const [name = ''] = good.split('=')
    const wrong = [
      `${good}&${good}`,
      `${good}&unknown=1&unknown=2`,
      `${name}=`,
      name,
      `${name}[]=x`,
      `${good}&__proto__=1`,
      `${good}&constructor=1`,
      `${good}&a[b]=1`,
      `${good}&x=%`,
      `${good}&x=%zz`,
      `${good}&x=%c0%af`,
      `${good}&x=%00`,
      `${good}&x=ä`,
      `${good}&`,
      Array.from({ length: 100 }, (_, i) => `p${i}=1`).join('&'),
    ]
    for (const body of wrong) {
      const { status, body: answer } = await send(operation, body)
      expect([body.slice(0, 60), status, answer.error]).toEqual([body.slice(0, 60), 400, 'invalid_request'])
    }
  })
})

describe('operations that take no body', () => {
  it.each(bodiless)('N-168 refuse one: $operationId', async (operation) => {
    const path = operation.path.replace('{asset}', 'start.js').replace(/\{\w+\}/g, '0'.repeat(22))
    for (const headers of [{}, { 'content-type': json }, { 'content-type': 'text/plain' }]) {
      const asked = { headers: { ...bearer(session.access), ...headers }, body: '{"a":1}' }
      expect((await server.ask(operation.method, path, asked)).status).toBe(400)
    }
    expect((await server.ask('GET', '/v1/me', { headers: bearer(session.access) })).status).toBe(200)
  })

  it('authenticate the caller before they validate the request', async () => {
    for (const [method, path] of [
      ['GET', '/v1/me'],
      ['DELETE', '/v1/sessions/current'],
    ] as const) {
      expect((await server.ask(method, path, { body: '{"a":1}' })).status).toBe(401)
    }
  })
})
