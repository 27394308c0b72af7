// Values at the limits that a schema sets: each limit itself, and one below and above it. They are made of an example, so that
// what is beside the limit stays right.
import { resolveReference } from '@countersign/spec'
import { contract } from './document.ts'

type Schema = Readonly<Record<string, unknown>>

const resolved = (schema: object): Schema => resolveReference(contract, schema as Schema)

/** Values for the place of `example`: right ones, and such as break one limit alone. */
export function* atLimits(reference: object, example: unknown): Generator<unknown> {
  const schema = resolved(reference)
  const known = example ?? sample(schema)
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const branch of (schema[part] as readonly object[] | undefined) ?? []) yield* atLimits(branch, example)
  }
  const types = [schema.type].flat()
  if (types.includes('string')) yield* texts(schema, typeof known === 'string' ? known : 'a')
  yield* numbers(schema)
  if (schema.items !== undefined) yield* lists(schema, Array.isArray(known) ? known : [])
  if (schema['x-string-or-list'] === true) yield* atLimits(schema.items as object, [known].flat()[0])
  yield* members(schema, known)
}

/** A right value, for what no example has. */
function sample(reference: object): unknown {
  const schema = resolved(reference)
  const { example, const: only, enum: [named] = [], type, minLength = 1, minimum = 0 } = schema as Sampled
  const given = example ?? only ?? named
  if (given !== undefined) return given
  const types = [type].flat()
  if (types.includes('string')) return 'a'.repeat(minLength)
  if (types.includes('integer')) return minimum
  if (types.includes('boolean')) return false
  if (schema.items !== undefined) return [sample(schema.items as object)]
  const { properties = {}, required = [] } = schema as Partial<Record<'properties', Record<string, object>>> & Sampled
  return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]))
}

interface Sampled {
  readonly example?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: unknown
  readonly minLength?: number
  readonly minimum?: number
  readonly required?: readonly string[]
}

function* members(schema: Schema, example: unknown): Generator<unknown> {
  const isObject = typeof example === 'object' && example !== null && !Array.isArray(example)
  const known = (isObject ? example : {}) as Readonly<Record<string, unknown>>
  const properties = (schema.properties as Record<string, object> | undefined) ?? {}
  for (const [name, member] of Object.entries(properties)) {
    const others = Object.fromEntries(neededBy(schema, name).map((other) => [other, sample(properties[other] ?? {})]))
    for (const value of atLimits(member, known[name])) yield { ...others, ...known, [name]: value }
  }
  const others = schema.additionalProperties
  const [[name, given] = ['other', 'a']] = Object.entries(known)
  if (typeof others === 'object' && others !== null) {
    for (const value of atLimits(others, given)) yield { ...known, [name]: value }
  }
  for (const count of typeof schema.maxProperties === 'number' ? lengthsAround(schema.maxProperties) : []) {
    yield Object.fromEntries(Array.from({ length: count }, (_, n) => [`other${n}`, given]))
  }
}

/** The members without which another one is refused. */
function neededBy({ allOf = [] }: Schema, name: string): readonly string[] {
  return (allOf as readonly Conditional[])
    .filter((rule) => rule.if?.required?.join() === name)
    .flatMap((rule) => rule.then?.required ?? [])
}

interface Conditional {
  readonly if?: Sampled
  readonly then?: Sampled
}

function* numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): Generator<number> {
  for (const limit of [minimum, maximum, exclusiveMinimum, exclusiveMaximum]) {
    if (typeof limit !== 'number') continue
    yield* around(limit)
    yield limit + 0.5
  }
}

function* lists({ items = {}, minItems, maxItems }: Schema, example: readonly unknown[]): Generator<unknown> {
  const schema = resolved(items as object)
  for (const limit of [minItems, maxItems]) {
    if (typeof limit !== 'number') continue
    for (const length of lengthsAround(limit)) {
      yield Array.from({ length }, (_, n) => variant(schema, example[n] ?? example[0], n))
      yield Array.from({ length }, () => example[0] ?? 'a')
    }
  }
  for (const item of atLimits(schema, example[0])) yield [item]
}

/** The n-th of several values that differ. */
function variant({ enum: named, type, properties = {} }: Schema, example: unknown, n: number): unknown {
  if (Array.isArray(named)) return named[n % named.length]
  if (type === 'integer') return n
  if (typeof example === 'object' && example !== null) {
    return Object.fromEntries(
      Object.entries(example).map(([name, value]) => {
        const member = (properties as Record<string, object>)[name] ?? {}
        return [name, typeof value === 'string' ? variant(resolved(member), value, n) : value]
      }),
    )
  }
  return `${typeof example === 'string' ? example : 'a'}${n}`
}

/** Characters that strings are lengthened with; of several, one may fit the pattern. Two bytes in UTF-8, and two units in UTF-16. */
const fillers = ['a', '0', 'A', '-', 'é', '💥'] as const

function* texts({ minLength, maxLength, pattern, format }: Schema, example: string): Generator<string> {
  const limits = [minLength, maxLength].filter((limit) => typeof limit === 'number')
  for (const length of [...limits, ...lengthsIn(pattern)].flatMap(lengthsAround)) yield* ofLength(example, length)
  if (pattern === undefined && format === undefined) return
  // One character less, more, or another: at each place of short ones, and at both ends.
  const places = [...new Set([0, 1, example.length >> 1, example.length - 1])].filter((at) => at >= 0)
  for (const at of places) {
    const [before, after] = [example.slice(0, at), example.slice(at + 1)]
    yield before + after
    for (const other of [...fillers, ' ', '"', '\\', '/', '.', '\u007f', '\u0000', '\u00ad'])
      yield before + other + after
  }
  for (const other of [...fillers, '\n', '/']) yield example + other
}

/** The example, cut or lengthened at either end or within, and nothing but one character. */
function* ofLength(example: string, length: number): Generator<string> {
  const characters = [...example]
  if (characters.length > length) {
    yield characters.slice(0, length).join('')
    yield characters.slice(characters.length - length).join('')
  }
  const missing = Math.max(0, length - characters.length)
  const [last = 'a', first = 'a'] = [characters.at(-1), characters[0]]
  yield example + last.repeat(missing)
  yield first.repeat(missing) + example
  for (const filler of fillers) {
    yield filler.repeat(length)
    const half = characters.length >> 1
    yield characters.slice(0, half).join('') + filler.repeat(missing) + characters.slice(half).join('')
    yield example + filler.repeat(missing)
  }
}

const around = (limit: number): readonly number[] => [limit - 1, limit, limit + 1]

const lengthsAround = (limit: number): readonly number[] => around(limit).filter((length) => length >= 0)

/** The lengths that the quantifiers of a pattern name. */
const lengthsIn = (pattern: unknown): readonly number[] =>
  typeof pattern !== 'string'
    ? []
    : [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, least, most]) =>
        [least, most].filter(Boolean).map(Number),
      )
