import { createRequire } from 'node:module'
import contract from '@countersign/spec/openapi.json' with { type: 'json' }
import { beforeAll, describe, expect, it } from 'vitest'
import { parseJsonObject } from '../parse/json.ts'
import { formMediaType, jsonMediaType } from '../parse/media-type.ts'
import { compileShapes } from '../testing/compile-shapes.ts'
import type { OperationShape, ShapeRequest } from './validate.ts'

const answers = { 200: { description: 'Done.' } }
const content = (name: string, mediaType = jsonMediaType) => ({
  [mediaType]: { schema: { $ref: `#/components/schemas/${name}` } },
})
const schemas = {
  Login: {
    type: 'object',
    additionalProperties: false,
    required: ['username', 'password'],
    properties: {
      username: { type: 'string', maxLength: 8, pattern: '^[a-z]+$' },
      password: { type: 'string', maxLength: 1024 },
      cookie: { type: 'boolean', default: false },
      expiry: { type: 'integer', minimum: 60, maximum: 31_536_000 },
      role: { type: 'string', enum: ['viewer', 'manager'] },
      scopes: { type: 'array', maxItems: 2, uniqueItems: true, items: { type: 'string' } },
    },
  },
  VendorLogin: {
    allOf: [{ $ref: '#/components/schemas/Code' }],
    type: 'object',
    properties: { username: { type: 'string' } },
  },
  Code: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
  Note: { type: 'object', additionalProperties: false, required: ['text'], properties: { text: { type: 'string' } } },
}
const document = {
  openapi: '3.1.0',
  info: { title: 'Shapes', version: '1' },
  paths: {
    '/login': {
      post: { operationId: 'login', requestBody: { required: true, content: content('Login') }, responses: answers },
    },
    '/vendor': {
      post: {
        operationId: 'vendorLogin',
        requestBody: {
          required: true,
          content: { ...content('VendorLogin'), ...content('VendorLogin', formMediaType) },
        },
        responses: answers,
      },
    },
    '/note': {
      post: { operationId: 'note', requestBody: { required: false, content: content('Note') }, responses: answers },
    },
    '/things/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 0 } }],
      get: {
        operationId: 'listThings',
        parameters: [
          { $ref: '#/components/parameters/Limit' },
          { name: 'state', in: 'query', schema: { type: 'string', enum: ['active', 'stopped'] } },
          { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{22,128}$' } },
        ],
        responses: answers,
      },
    },
  },
  components: {
    schemas,
    parameters: {
      Limit: { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
    },
  },
}

const request = (over: Partial<ShapeRequest> = {}): ShapeRequest => ({
  params: {},
  query: {},
  headers: {},
  mediaType: jsonMediaType,
  ...over,
})

describe('request shapes', () => {
  let shapes: ReadonlyMap<string, OperationShape>
  beforeAll(async () => {
    shapes = await compileShapes(document)
  })
  const check = (operationId: string, over: Partial<ShapeRequest> = {}) =>
    (shapes.get(operationId) as OperationShape).check(request(over))
  const faults = (operationId: string, over: Partial<ShapeRequest> = {}) => {
    const outcome = check(operationId, over)
    return outcome.ok ? [] : outcome.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
  }
  const login = { username: 'anna', password: 'x' }

  it('gives the handler the body with the defaults of the contract', () => {
    expect(check('login', { body: { ...login } })).toEqual({
      ok: true,
      input: { params: {}, query: {}, headers: {}, body: { ...login, cookie: false } },
    })
  })

  it('says what an operation takes', () => {
    expect(shapes.get('login')).toMatchObject({ mediaTypes: [jsonMediaType], bodyRequired: true })
    expect(shapes.get('vendorLogin')?.mediaTypes).toEqual([jsonMediaType, formMediaType])
    expect(shapes.get('note')?.bodyRequired).toBe(false)
    expect(shapes.get('listThings')?.mediaTypes).toEqual([])
  })

  it.each([
    [{ username: 'anna' }, '/body/password is required'],
    [{ ...login, username: 'ANNA' }, '/body/username does not have the form that the contract gives it'],
    [{ ...login, username: 'annaannaanna' }, '/body/username must not be longer than 8 characters'],
    [{ ...login, username: 1 }, '/body/username must be of type string'],
    [{ ...login, cookie: 'true' }, '/body/cookie must be of type boolean'],
    [{ ...login, role: 'owner' }, '/body/role must be a value that the contract names'],
    [{ ...login, scopes: ['a', 'a'] }, '/body/scopes must not have the same item twice'],
    [{ ...login, scopes: ['a', 'b', 'c'] }, '/body/scopes must not have more than 2 items'],
    [[], '/body must be of type object'],
    [null, '/body must be of type object'],
    ['x', '/body must be of type object'],
  ])('refuses %j', (body, fault) => {
    expect(faults('login', { body })).toEqual([fault])
  })

  it.each([0, -1, 0.5, '300', 1e308, 2 ** 31, 2 ** 53 + 2, null])('N-146 refuses the expiry %j', (expiry) => {
    expect(faults('login', { body: { ...login, expiry } })[0]).toMatch(/^\/body\/expiry must be /)
  })

  it.each(['role2', 'isOwner', 'tokens_valid_after', 'createdAt', 'hunter2/password'])(
    'refuses the unknown member %s, without repeating its name',
    (name) => {
      expect(faults('login', { body: { ...login, [name]: 'x' } })).toEqual([
        '/body has a member that the contract does not know: it knows username, password, cookie, expiry, role, scopes',
      ])
    },
  )

  it('drops unknown members where the schema is open, in JSON and in forms (RFC 6749 §3.2)', () => {
    for (const mediaType of [jsonMediaType, formMediaType]) {
      const outcome = check('vendorLogin', { body: { username: 'anna', code: '123456', role: 'owner' }, mediaType })
      expect(outcome).toMatchObject({ ok: true })
      expect(outcome.ok && outcome.input.body).toEqual({ username: 'anna', code: '123456' })
    }
    expect(faults('vendorLogin', { body: { username: 'anna' }, mediaType: formMediaType })).toEqual([
      '/body/code is required',
    ])
  })

  it('always judges a body that is there, required or not', () => {
    expect(faults('note', { body: { text: 1 } })).toEqual(['/body/text must be of type string'])
    expect(faults('note', { body: {} })).toEqual(['/body/text is required'])
    expect(faults('note')).toEqual([])
    expect(faults('login')).toEqual(['/body is required'])
    expect(faults('listThings', { params: { id: '1' }, body: {} })).toEqual(['/body this operation takes no such body'])
    expect(faults('note', { body: { text: 'x' }, mediaType: formMediaType })).toEqual([
      '/body this operation takes no such body',
    ])
  })

  it('makes numbers of parameters, and knows declared headers by their names in lower case', () => {
    const key = 'k'.repeat(22)
    const headers = { 'idempotency-key': key, cookie: 'secret', 'x-other': '1' }
    expect(check('listThings', { params: { id: '7' }, query: { limit: '10', state: 'active' }, headers })).toEqual({
      ok: true,
      input: {
        params: { id: 7 },
        query: { limit: 10, state: 'active' },
        headers: { 'idempotency-key': key },
        body: undefined,
      },
    })
    expect(headers['idempotency-key']).toBe(key)
    const bare = check('listThings', { params: { id: '7' } })
    expect(bare.ok && bare.input.query).toEqual({ limit: 20 })
  })

  it.each([
    [{ limit: '1e9' }, '/query/limit must be a number in decimal digits'],
    [{ limit: '0x10' }, '/query/limit must be a number in decimal digits'],
    [{ limit: ' 5' }, '/query/limit must be a number in decimal digits'],
    [{ limit: '05' }, '/query/limit must be a number in decimal digits'],
    [{ limit: '1000000000' }, '/query/limit must be <= 100'],
    [{ limit: '-1' }, '/query/limit must be >= 1'],
    [{ limit: '' }, '/query/limit must not be empty'],
    [{ state: 'gone' }, '/query/state must be a value that the contract names'],
    [{ cs_pat_secret: '1' }, '/query has a parameter that the contract does not know: it knows limit, state'],
  ])('refuses the query %j', (query, fault) => {
    expect(faults('listThings', { params: { id: '1' }, query })).toEqual([fault])
  })

  it('refuses a path parameter that is no number', () => {
    for (const id of ['0x1', '1e3', 'one', '+1', '1.0']) {
      expect(faults('listThings', { params: { id } }), id).toEqual(['/params/id must be a number in decimal digits'])
    }
  })

  it('refuses a malformed Idempotency-Key', () => {
    for (const key of [
      '',
      '1',
      'k'.repeat(21),
      'k'.repeat(129),
      `"${'k'.repeat(22)}"`,
      `${'k'.repeat(22)}, ${'k'.repeat(22)}`,
    ]) {
      expect(faults('listThings', { params: { id: '1' }, headers: { 'idempotency-key': key } }), key).toEqual([
        '/headers/idempotency-key does not have the form that the contract gives it',
      ])
    }
  })

  it('never repeats a value', () => {
    const canary = 'canary-7f3a'
    const outcomes = [
      check('login', { body: { username: canary, password: [canary], [canary]: canary } }),
      check('listThings', { params: { id: canary }, query: { [canary]: canary, limit: canary, state: canary } }),
    ]
    expect(JSON.stringify(outcomes)).not.toContain(canary)
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false])
  })
})

describe('a contract that cannot be enforced is a refusal to start', () => {
  const withLogin = (schema: object, extra: object = {}) => ({
    ...document,
    paths: {
      '/x': {
        post: {
          operationId: 'x',
          requestBody: { content: { [jsonMediaType]: { schema } } },
          responses: answers,
          ...extra,
        },
      },
    },
  })
  const parameter = (over: object) => ({ parameters: [{ name: 'p', in: 'query', ...over }] })

  it.each([
    ['a reference that leads nowhere', withLogin({ $ref: '#/components/schemas/Missing' })],
    ['a pattern that is none', withLogin({ type: 'object', properties: { a: { type: 'string', pattern: '(' } } })],
    ['an unknown format', withLogin({ type: 'object', properties: { a: { type: 'string', format: 'bogus' } } })],
    ['a type that is none', withLogin({ type: 'objekt' })],
    ['a list as a parameter', withLogin({}, parameter({ schema: { type: 'array', items: { type: 'string' } } }))],
    ['a parameter of any type', withLogin({}, parameter({ schema: {} }))],
    ['a cookie parameter', withLogin({}, parameter({ in: 'cookie', schema: { type: 'string' } }))],
    ['an operation without a name', { ...document, paths: { '/x': { get: { responses: answers } } } }],
    [
      'two operations of one name',
      { ...document, paths: { ...document.paths, '/y': { post: document.paths['/login'].post } } },
    ],
    ['no OpenAPI', { swagger: '2.0' }],
  ])('%s', async (_name, broken) => {
    await expect(compileShapes(broken)).rejects.toThrow()
  })
})

describe('the contract of this server', () => {
  it('compiles, every operation of it, and is not changed by that', async () => {
    const before = JSON.stringify(contract)
    const shapes = await compileShapes(contract)
    const operations = Object.values(contract.paths).flatMap((item) => Object.values(item as object))
    const named = operations.filter((operation) => typeof operation === 'object' && 'operationId' in operation)
    expect(shapes.size).toBe(named.length)
    expect(JSON.stringify(contract)).toBe(before)
  })

  it('says which member is missing where that depends on another one', async () => {
    const shapes = await compileShapes(contract)
    const refused = (operationId: string, body: object, mediaType?: string) => {
      const outcome = (shapes.get(operationId) as OperationShape).check(
        request({ body, ...(mediaType && { mediaType }) }),
      )
      return outcome.ok ? [] : outcome.errors
    }
    const missing = (member: string) => [{ pointer: `/body/${member}`, detail: 'is required' }]
    const mina = { username: 'mina', role: 'viewer' }
    expect(refused('createSession', { username: 'mina' })).toEqual(missing('password'))
    expect(refused('createSession', { username: 'mina', cookie: true })).toEqual(missing('password'))
    for (const shown of [{ password: 'a' }, { code: '123456' }, { recovery_code: 'AAAA-AAAA-AAAA-AAAA' }]) {
      expect(refused('createSession', { username: 'mina', ...shown })).toEqual([])
    }
    expect(refused('createUser', { ...mina, must_change: true })).toEqual(missing('password'))
    expect(refused('createUser', { ...mina, must_change: false })).toEqual([])
    expect(refused('createUser', { ...mina, required_factors: ['totp', 'password'] })).toEqual(missing('password'))
    expect(refused('createUser', { ...mina, required_factors: ['totp'] })).toEqual([])
    expect(refused('createUser', { ...mina, required_factors: ['totp'], password: 'a' })).toEqual([
      { pointer: '/body', detail: 'has members that do not go together' },
    ])
    const form = 'application/x-www-form-urlencoded'
    expect(refused('issueToken', { grant_type: 'refresh_token' }, form)).toEqual(missing('refresh_token'))
    expect(refused('issueToken', { grant_type: 'client_credentials' }, form)).toEqual([])
  })

  it('uses the inner modules of the version of the validator that it was written for', () => {
    const manifest = createRequire(import.meta.url)('express-openapi-validator/package.json') as { version: string }
    expect(manifest.version).toBe('5.6.2')
  })

  it('takes the login of a session', async () => {
    const shape = (await compileShapes(contract)).get('createSession') as OperationShape
    const body = parseJsonObject(Buffer.from('{"username":"anna","password":"correct horse"}'))
    expect(shape.check(request({ body })).ok).toBe(true)
    expect(shape.check(request({ body: { ...body, isOwner: true } })).ok).toBe(false)
  })
})
