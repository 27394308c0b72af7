/** Anything of a document that a test spoils. */
// biome-ignore lint/suspicious/noExplicitAny: the documents are spoiled in ways that no type allows.
type Spoilt = any

/** A contract that keeps every rule: one operation with a body, one without. */
export const goodDocument = (): Spoilt => ({
  openapi: '3.1.0',
  info: { title: 'Good', version: '1.0.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
  servers: [{ url: '/' }],
  tags: [
    { name: 'things', description: 'Ours.' },
    { name: 'users', description: 'Ours too.' },
    { name: 'vendor', description: 'Theirs.', 'x-dialect': true },
  ],
  paths: {
    '/things': {
      post: {
        operationId: 'createThing',
        tags: ['things'],
        summary: 'Create a thing',
        description: 'Creates one.',
        parameters: [
          { name: 'dry', in: 'query', description: 'Only try.', schema: { type: 'boolean' }, example: true },
        ],
        security: [{ bearer: [] }],
        'x-access': { least: 'viewer', self: false, kinds: ['session'], presented: 'none' },
        'x-effect': [],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                additionalProperties: false,
                properties: {
                  name: { description: 'Its.', type: 'string', maxLength: 9, pattern: '^[a-z]{1,9}$' },
                  note: { description: 'Any.', type: ['string', 'null'], maxLength: 9 },
                  at: { description: 'When.', type: 'integer', format: 'int64' },
                  port: { description: 'Where.', type: 'integer', minimum: 0, maximum: 65_535 },
                  // What it names says it.
                  kind: { $ref: '#/components/schemas/Kind' },
                  names: {
                    description: 'More.',
                    type: 'array',
                    maxItems: 2,
                    items: { type: 'string', enum: ['a', 'b'] },
                  },
                },
              },
              example: { name: 'a' },
            },
          },
        },
        responses: {
          201: { description: 'Created.', content: { 'text/plain': { schema: text(), example: 'a' } } },
          ...errors(400, 401, 403, 413, 415, 429, 431, 503),
        },
      },
      get: {
        operationId: 'vendorThings',
        tags: ['vendor'],
        summary: 'Their things',
        description: 'Shows them.',
        security: [],
        'x-access': { least: 'none', self: false, presented: 'none' },
        responses: { 200: { description: 'Shown.' }, ...errors(400, 431, 503) },
      },
    },
    '/users': {
      post: ending('createUser', ['users'], { does: 'makes', what: 'person', whose: 'any', proof: 'none' }),
      delete: ending('deleteUser', ['users'], { does: 'ends', what: 'person', whose: 'any', proof: 'none' }),
    },
    '/vendor/users': {
      // Excepted, and says why.
      post: {
        ...ending('vendorAddUser', ['vendor'], {
          does: 'makes',
          what: 'person',
          whose: 'any',
          proof: 'none',
          exception: 'The page of the vendor prints this call.',
        }),
        'x-access': { least: 'manager', self: false, kinds: ['session', 'personal'], presented: 'none' },
      },
      delete: ending('vendorRemoveUser', ['vendor'], { does: 'ends', what: 'person', whose: 'any', proof: 'none' }),
    },
    '/sessions': {
      post: {
        ...ending('createSession', ['users'], { does: 'makes', what: 'session', whose: 'own', proof: 'shown' }),
        security: [],
        'x-access': { least: 'none', self: false, presented: 'none' },
      },
    },
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    schemas: { Kind: { description: 'A kind.', type: 'string', enum: ['a'] } },
  },
})

/** An operation of the owner that has an effect on ways in. */
const ending = (operationId: string, tags: readonly string[], effect: Spoilt) => ({
  operationId,
  tags,
  summary: 'Do it',
  description: 'Does it.',
  security: [{ bearer: [] }],
  'x-access': { least: 'owner', self: false, kinds: ['session'], presented: 'none' },
  'x-effect': [effect],
  responses: { 204: { description: 'Done.' }, ...errors(400, 401, 403, 431, 503) },
})

const text = () => ({ type: 'string', maxLength: 9 })

const headers: Record<number, string> = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' }

const errors = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => {
      const header = headers[status]
      const own = header === undefined ? {} : { headers: { [header]: { description: 'How or when.', schema: text() } } }
      return [status, { description: 'Refused.', ...own }]
    }),
  )

interface BadDocument {
  readonly rule: string
  readonly what: string
  readonly spoil: (document: Spoilt) => Spoilt
}

/** Spoils the operation with a body. */
const operation = (rule: string, what: string, change: (operation: Spoilt) => unknown): BadDocument => ({
  rule,
  what,
  spoil: (document) => {
    change(document.paths['/things'].post)
    return document
  },
})

/** Replaces a member of its body. */
const member = (rule: string, what: string, schema: Spoilt, name = 'other'): BadDocument =>
  operation(rule, what, ({ requestBody }) => {
    requestBody.content['application/json'].schema.properties[name] = schema
  })

const access = (what: string, change: Spoilt): BadDocument =>
  operation('countersign/access', what, (operation) => Object.assign(operation['x-access'], change))

/** Spoils what one of two operations of the same effect says of it. */
const effect = (rule: string, what: string, change: (operation: Spoilt) => unknown, of = 'vendorRemoveUser') => ({
  rule,
  what,
  spoil: (document: Spoilt) => {
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item as Spoilt)) as Spoilt[]
    change(operations.find(({ operationId }) => operationId === of))
    return document
  },
})

const effectMember = (what: string, change: Spoilt): BadDocument =>
  effect('countersign/effect', what, (it) => Object.assign(it['x-effect'][0], change))

const body = (operation: Spoilt): Spoilt => operation.requestBody.content['application/json']

/** One document for each thing that a rule refuses. */
export const badDocuments: readonly BadDocument[] = [
  operation('countersign/one-tag', 'no tag', (it) => delete it.tags),
  operation('countersign/one-tag', 'two tags', (it) => it.tags.push('vendor')),
  operation('operation-operationId-unique', 'an operationId used twice', (it) => {
    it.operationId = 'vendorThings'
  }),
  operation('countersign/operation-name', 'an operationId without a noun', (it) => {
    it.operationId = 'create'
  }),
  operation('countersign/operation-name', 'an operationId without a verb', (it) => {
    it.operationId = 'thingCreation'
  }),
  operation('countersign/operation-name', 'an operationId with an underscore', (it) => {
    it.operationId = 'create_thing'
  }),
  operation('countersign/explicit-security', 'no security', (it) => delete it.security),
  operation('countersign/explicit-security', 'two schemes at once', (it) => {
    it.security = [{ bearer: [], cookie: [] }]
  }),
  operation('countersign/explicit-security', 'an alternative without a scheme', (it) => it.security.push({})),
  operation('countersign/access', 'no x-access', (it) => delete it['x-access']),
  access('an unknown role', { least: 'admin' }),
  access('an unknown kind of token', { kinds: ['cookie'] }),
  access('an unknown place of a credential', { presented: 'query' }),
  access('native tokens that are not refused in a word', { native: false }),
  access('an unknown member', { most: 'owner' }),
  access('a missing self', { self: undefined }),
  access('no kinds where a role is asked for', { kinds: undefined }),
  access('kinds where no role is asked for', { least: 'none' }),
  operation('countersign/access', 'a role at a public operation', (it) => {
    it.security = []
  }),
  operation('countersign/effect', 'an operation that changes something and does not say what', (it) => {
    delete it['x-effect']
  }),
  effect('countersign/effect', 'a person who is deleted without an effect', (it) => {
    it['x-effect'] = []
  }),
  effect('countersign/effect', 'an effect that is no list', (it) => {
    it['x-effect'] = it['x-effect'][0]
  }),
  effectMember('an unknown act', { does: 'destroys' }),
  effectMember('an unknown way in', { what: 'door' }),
  effectMember('an unknown owner', { whose: 'theirs' }),
  effectMember('an unknown proof', { proof: 'strong' }),
  effectMember('an unknown member of an effect', { printed: true }),
  effectMember('an exception without a reason', { exception: 'printed' }),
  effectMember('a role that is not higher than the one of x-access', { least: 'owner' }),
  effect(
    'countersign/effect',
    'anybody’s session that is made without a token',
    (it) => Object.assign(it['x-effect'][0], { whose: 'any' }),
    'createSession',
  ),
  effect(
    'countersign/effect',
    'a session that is made without a token and without a proof',
    (it) => Object.assign(it['x-effect'][0], { proof: 'none' }),
    'createSession',
  ),
  effect('countersign/same-effect', 'N-310 another kind of token in another dialect', (it) => {
    it['x-access'].kinds = ['session', 'personal']
  }),
  effect('countersign/same-effect', 'N-310 a lower role in another dialect', (it) => {
    it['x-access'].least = 'manager'
  }),
  effect('countersign/same-effect', 'N-310 another proof in another dialect', (it) => {
    it['x-effect'][0].proof = 'shown'
  }),
  operation('countersign/documented-statuses', 'an undocumented 503', (it) => delete it.responses[503]),
  operation('countersign/documented-statuses', 'an undocumented 403', (it) => delete it.responses[403]),
  operation('countersign/documented-statuses', 'an undocumented 403 where a token in the body is judged', (it) => {
    it.security = []
    it['x-access'] = { least: 'none', self: false, presented: 'body' }
    delete it.responses[403]
  }),
  operation('countersign/documented-statuses', 'an undocumented 403 where something can be guessed', (it) => {
    it.security = []
    it['x-access'] = { least: 'none', self: false, presented: 'none' }
    delete it.responses[403]
  }),
  operation('countersign/documented-statuses', 'an undocumented 413', (it) => delete it.responses[413]),
  operation('countersign/documented-statuses', 'a documented 500', (it) => Object.assign(it.responses, errors(500))),
  operation('countersign/documented-statuses', 'a 401 without a challenge', (it) => delete it.responses[401].headers),
  operation('countersign/documented-statuses', 'a 429 without a time', (it) => delete it.responses[429].headers),
  operation('countersign/media-type-example', 'a request without an example', (it) => delete body(it).example),
  operation('countersign/media-type-example', 'an answer without an example', (it) => {
    delete it.responses[201].content['text/plain'].example
  }),
  operation('no-invalid-media-type-examples', 'an example that is not of its schema', (it) => {
    body(it).example = { name: 'A' }
  }),
  operation('countersign/closed-input', 'an open body', (it) => delete body(it).schema.additionalProperties),
  member('countersign/closed-input', 'an open object in a body', { type: 'object', properties: {} }),
  member('countersign/bounded-string', 'a string without a length', { type: 'string' }),
  member('countersign/bounded-string', 'a pattern without a length', { type: 'string', pattern: '^[a-z]{1,9}$' }),
  member('countersign/bounded-string', 'a URI without a length', { type: 'string', format: 'uri' }),
  member('countersign/bounded-array', 'an array without a length', { type: 'array', items: { type: 'integer' } }),
  member('countersign/nullable', 'several types', { type: ['integer', 'boolean'] }),
  member('countersign/nullable', 'null before the type', { type: ['null', 'integer'] }),
  member('countersign/nullable', 'null alone', { type: 'null' }),
  member('countersign/nullable', 'null among other words', { enum: ['a', null] }),
  member('countersign/nullable', 'the old keyword', { type: 'integer', nullable: true }),
  member('countersign/nullable', 'a constant without a type', { const: 'a' }),
  member('countersign/wide-integer', 'an integer without bounds', { type: 'integer' }),
  member('countersign/wide-integer', 'one that may be 2³¹', { type: 'integer', minimum: 0, maximum: 2 ** 31 }),
  member('countersign/wide-integer', 'one without a least', { type: 'integer', maximum: 9 }),
  member('countersign/wide-integer', 'one that may be null', { type: ['integer', 'null'], minimum: 0 }),
  member('countersign/wide-integer', 'one that is always greater', { type: 'integer', const: 2 ** 31 }),
  member('countersign/portable-pattern', 'a pattern of some languages', {
    type: 'string',
    maxLength: 9,
    pattern: '^[^\\p{C}]$',
  }),
  member('countersign/property-schema', 'a member that is merely forbidden', false),
  operation('countersign/media-type-schema', 'an answer without a schema', (it) => {
    it.responses[201].content['text/plain'] = { example: 'a' }
  }),
  operation('countersign/documented-statuses', 'an undocumented 431', (it) => delete it.responses[431]),
  {
    rule: 'countersign/documented-statuses',
    what: 'an undocumented 404 of a path with a parameter',
    spoil: (document) => {
      const { get } = document.paths['/things']
      const parameters = [{ name: 'id', in: 'path', required: true, description: 'Which.', schema: text() }]
      document.paths['/vendor/things/{id}'] = { get: { ...get, operationId: 'vendorThing', parameters } }
      return document
    },
  },
  {
    rule: 'countersign/component-name',
    what: 'a schema and a parameter of one name',
    spoil: (document) => {
      document.components.schemas.Thing = text()
      document.components.parameters = { thing: { name: 'a', in: 'query', description: 'A.', schema: text() } }
      return document
    },
  },
  operation('countersign/described-operation', 'an operation without a description', (it) => delete it.description),
  operation('countersign/described-operation', 'a description without a word', (it) => {
    it.description = ' '
  }),
  operation('countersign/described-operation', 'a parameter without a description', (it) => {
    delete it.parameters[0].description
  }),
  member('countersign/described-property', 'a property without a description', { type: 'boolean' }),
  member('countersign/described-property', 'a property of a property without a description', {
    description: 'An object.',
    type: 'object',
    additionalProperties: false,
    properties: { inner: { type: 'boolean' } },
  }),
  {
    rule: 'countersign/described-property',
    what: 'a property whose schema has no description',
    spoil: (document) => {
      delete document.components.schemas.Kind.description
      return document
    },
  },
  {
    rule: 'countersign/described-schema',
    what: 'a component schema without a description',
    spoil: (document) => {
      document.components.schemas.Bare = { type: 'boolean' }
      return document
    },
  },
  operation('countersign/described-response', 'a response without a word', (it) => {
    it.responses[201].description = ' '
  }),
  operation('countersign/described-response', 'a header without a description', (it) => {
    delete it.responses[401].headers['WWW-Authenticate'].description
  }),
  operation('countersign/plain-words', 'a summary that calls a user a person', (it) => {
    it.summary = 'Show a person'
  }),
  operation('countersign/plain-words', 'a description with a word that has a plainer one', (it) => {
    it.parameters[0].description = 'Whoever asks.'
  }),
  member('countersign/plain-words', 'a property of somebody', { description: 'Of somebody.', type: 'boolean' }),
  member('countersign/linear-pattern', 'a slow pattern', { type: 'string', maxLength: 9, pattern: '^(a+)+$' }),
]
