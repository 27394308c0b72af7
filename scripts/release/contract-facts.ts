// What callers of a contract rely on, as a flat list: each place with what may be said there.

type Json = { readonly [member: string]: unknown }

/** Who writes what is in a place: the caller, the server, or both. */
export type Direction = 'request' | 'response' | 'both'

export interface Fact {
  readonly direction: Direction
  readonly required: boolean
  readonly type: string
  /** The values of an enum. */
  readonly values: readonly string[] | undefined
  /** Further rules, by their keywords: lengths, patterns. Texts are not among them. */
  readonly rules: Json
}

/** The facts of one operation or schema, by their place in it. */
export interface Entry {
  /** What callers see of it besides the facts. */
  readonly traits: Readonly<Record<string, string>>
  readonly facts: ReadonlyMap<string, Fact>
}

export interface Contract {
  /** By method and path. */
  readonly operations: ReadonlyMap<string, Entry>
  /** By name. */
  readonly schemas: ReadonlyMap<string, Entry>
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const texts = new Set([
  'description',
  'title',
  'summary',
  'example',
  'examples',
  'default',
  'deprecated',
  'externalDocs',
])
const structure = new Set(['$ref', 'type', 'enum', 'const', 'properties', 'required', 'items', 'additionalProperties'])

/** The contract as facts. It must be bundled: every reference is into the document itself. */
export function readContract(document: Json): Contract {
  const at = (reference: string) =>
    reference
      .split('/')
      .slice(1)
      .reduce<unknown>((place, part) => (place as Json)[part.replaceAll('~1', '/')], document) as Json
  const deref = (value: Json): Json => (typeof value.$ref === 'string' ? deref(at(value.$ref)) : value)
  const uses = new Map<string, Set<Direction>>()
  const components = ((document.components as Json).schemas ?? {}) as Record<string, Json>

  const use = (schema: unknown, direction: Direction): void => {
    for (const name of namesIn(schema)) {
      const known = uses.get(name) ?? new Set()
      if (known.has(direction)) continue
      uses.set(name, known.add(direction))
      use(components[name], direction)
    }
  }

  const operations = new Map<string, Entry>()
  for (const [path, item] of Object.entries(document.paths as Record<string, Json>)) {
    for (const method of methods.filter((name) => name in item)) {
      const operation = item[method] as Json
      const facts = new Map<string, Fact>()
      const add = (place: string, schema: Json, direction: Direction, required: boolean) => {
        use(schema, direction)
        for (const [name, fact] of factsOf(schema, place, direction, required)) facts.set(name, fact)
      }
      for (const given of [...list(item.parameters), ...list(operation.parameters)].map(deref)) {
        const { name, in: where, required, schema } = given
        add(`${where} parameter ${name}`, (schema ?? {}) as Json, 'request', required === true)
      }
      const body = deref((operation.requestBody ?? {}) as Json)
      for (const [type, { schema }] of contentOf(body))
        add(`request ${type}`, schema, 'request', body.required === true)
      for (const [status, given] of Object.entries(operation.responses as Record<string, Json>)) {
        const answer = deref(given)
        facts.set(`response ${status}`, { ...plain, direction: 'response' })
        for (const [type, { schema }] of contentOf(answer)) add(`response ${status} ${type}`, schema, 'response', true)
      }
      operations.set(`${method.toUpperCase()} ${path}`, { traits: traitsOf(operation), facts })
    }
  }
  const schemas = new Map<string, Entry>()
  for (const [name, schema] of Object.entries(components)) {
    const [direction, other] = uses.get(name) ?? []
    if (direction) schemas.set(name, { traits: {}, facts: factsOf(schema, '', other ? 'both' : direction, true) })
  }
  return { operations, schemas }
}

const plain = { required: true, type: '', values: undefined, rules: {} }

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : [])

const contentOf = ({ content }: Json): readonly (readonly [string, { readonly schema: Json }])[] =>
  Object.entries((content ?? {}) as Record<string, { readonly schema?: Json }>).map(([type, { schema = {} }]) => [
    type,
    { schema },
  ])

const traitsOf = (operation: Json): Record<string, string> => ({
  'operation id': String(operation.operationId),
  callers: JSON.stringify([operation.security ?? null, operation['x-access'] ?? null]),
  'unknown query parameters': operation['x-eov-allow-unknown-query-parameters'] === true ? 'ignored' : 'refused',
})

const namesIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  const { $ref } = value as Json
  const own = typeof $ref === 'string' ? (/^#\/components\/schemas\/(.+)$/.exec($ref)?.slice(1) ?? []) : []
  return [...own, ...Object.values(value).flatMap(namesIn)]
}

const typeOf = ({ $ref, type, enum: values }: Json): string => {
  if (typeof $ref === 'string') return $ref.replace(/^.*\//, '')
  if (type === undefined) return values === undefined ? 'any' : 'enum'
  return [type].flat().toSorted().join(' or ')
}

/** A schema and what is in it. Named schemas are not entered: each is an entry of its own. */
function factsOf(schema: Json, place: string, direction: Direction, required: boolean): Map<string, Fact> {
  const rules = Object.entries(schema).filter(([name]) => !texts.has(name) && !structure.has(name))
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  const facts = new Map<string, Fact>([
    [
      place,
      {
        direction,
        required,
        type: typeOf(schema),
        values: (values as readonly unknown[] | undefined)?.map((value) => JSON.stringify(value)),
        rules: withoutTexts(Object.fromEntries(rules)) as Json,
      },
    ],
  ])
  const enter = (inner: unknown, name: string, isRequired: boolean) => {
    if (typeof inner !== 'object' || inner === null) return
    for (const [key, fact] of factsOf(inner as Json, name, direction, isRequired)) facts.set(key, fact)
  }
  const needed = new Set((schema.required ?? []) as readonly string[])
  for (const [name, inner] of Object.entries((schema.properties ?? {}) as Json)) {
    enter(inner, place === '' ? name : `${place}.${name}`, needed.has(name))
  }
  enter(schema.items, `${place}[]`, false)
  enter(schema.additionalProperties, `${place}.*`, false)
  return facts
}

function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTexts)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([name]) => !texts.has(name))
  return Object.fromEntries(members.map(([name, inner]) => [name, withoutTexts(inner)]))
}
