import { type AliasableExpression, type AliasedExpression, sql } from 'kysely'
import { type Column, type Parameter, Slot } from '../engine/statement.ts'
import type { Kind } from './kind.ts'

/**
 * The codec of a row: its columns are named once, as the domain names them, and give the select list, the decoder and the
 * encoder. A member is one column, or a row within the row, whose columns bear its name: `subject: row({ kind, id })` is
 * `subject_kind`, `subject_id`.
 */
export interface Row<D, T = Values<D>> extends AnyRow {
  readonly definition: D
  /** The names of the columns, in order. */
  readonly columns: readonly ColumnName<D>[]
  decode(columns: readonly Column[], first?: number): T
}

interface AnyRow {
  readonly definition: unknown
  readonly columns: readonly string[]
  /** Whether it is absent if its first column is NULL. */
  readonly mayBeAbsent: boolean
  decode(columns: readonly Column[], first?: number): unknown
}

/** A row of a table. */
export interface Table<N extends string, D, T = Values<D>> extends Row<D, T> {
  readonly name: N
  /** The columns as `table.column`, for statements that join. */
  readonly qualified: readonly `${N}.${ColumnName<D>}`[]
}

export type Member = Kind<unknown, unknown> | AnyRow
export type Definition = Readonly<Record<string, Member>>

/** The definition of a row within a row. */
type Inner<M> = M extends { readonly definition: infer I } ? I : never

type Value<M> = M extends AnyRow ? ReturnType<M['decode']> : M extends Kind<infer T, unknown> ? T : never

/** A decoded row. */
export type Values<D> = { readonly [K in keyof D]: Value<D[K]> }

type OptionalKeys<D> = { [K in keyof D]: undefined extends Value<D[K]> ? K : never }[keyof D]

/** What a row is encoded of: what may be absent need not be named. */
export type Given<D> = { readonly [K in Exclude<keyof D, OptionalKeys<D>>]: Value<D[K]> } & {
  readonly [K in OptionalKeys<D>]?: Value<D[K]> | undefined
}

/** The places of the parameters that a definition names. */
export type Slots<D> = {
  readonly [K in keyof D]: D[K] extends AnyRow
    ? Slots<Inner<D[K]>>
    : D[K] extends Kind<unknown, infer S>
      ? Slot<S>
      : never
}

type Snake<S extends string> = S extends `${infer H}${infer T}`
  ? `${H extends Lowercase<H> ? H : `_${Lowercase<H>}`}${Snake<T>}`
  : S

/** Members as paths: `id`, `subject.kind`. */
type Paths<D> = {
  [K in keyof D & string]: D[K] extends AnyRow ? `${K}.${keyof Inner<D[K]> & string}` : K
}[keyof D & string]
type Named<P extends string> = P extends `${infer K}.${infer I}` ? `${Snake<K>}_${Snake<I>}` : Snake<P>
type At<D, P> = P extends `${infer K}.${infer I}`
  ? Inner<D[K & keyof D]>[I & keyof Inner<D[K & keyof D]>]
  : D[P & keyof D]
export type ColumnName<D> = Named<Paths<D>>

/** A row that may be absent is NULL in all its columns. */
type StoredOf<D, P> =
  | (At<D, P> extends Kind<unknown, infer S> ? S : never)
  | (P extends `${infer K}.${string}` ? (undefined extends Value<D[K & keyof D]> ? null : never) : never)

/** The columns as Kysely knows them. */
export type Stored<D> = {
  [P in Paths<D> as Named<P>]: StoredOf<D, P>
}

/** @param finish Makes the domain's value of what was decoded. Default is to leave it as it is. */
export function row<const D extends Definition>(definition: D): Row<D>
export function row<const D extends Definition, T>(definition: D, finish: (found: Values<D>) => T): Row<D, T>
export function row(definition: Definition, finish?: (found: never) => unknown): AnyRow {
  const decode = decoderOf(definition)
  return {
    definition,
    columns: columnsOf(definition),
    mayBeAbsent: false,
    decode: finish === undefined ? decode : (columns, first) => finish(decode(columns, first) as never),
  }
}

export function table<N extends string, const D extends Definition>(name: N, definition: D): Table<N, D>
export function table<N extends string, const D extends Definition, T>(
  name: N,
  definition: D,
  finish: (found: Values<D>) => T,
): Table<N, D, T>
export function table(name: string, definition: Definition, finish?: (found: never) => unknown): unknown {
  const codec = finish === undefined ? row(definition) : row(definition, finish as () => unknown)
  return { ...codec, name, qualified: codec.columns.map((column) => `${name}.${column}`) }
}

/** Some columns of a table. */
export const part = <N extends string, D extends Definition, K extends keyof D & string>(
  { name, definition }: Table<N, D, unknown>,
  ...members: readonly K[]
): Table<N, Pick<D, K>> =>
  table(name, Object.fromEntries(members.map((member) => [member, definition[member]])) as Pick<D, K> & Definition)

/** A row within a row that is absent if its first column is NULL. */
export const rowOrAbsent = <D, T>(codec: Row<D, T>): Row<D, T | undefined> => ({ ...codec, mayBeAbsent: true })

/**
 * The select list of a row that is not a table's, in the order of the decoder.
 *
 * @param from What a member is read from. Default is the column of its name.
 */
export const selecting = <D extends Definition>(
  { definition }: Row<D, unknown>,
  from: { readonly [K in keyof D]?: AliasableExpression<unknown> },
): readonly AliasedExpression<unknown, string>[] =>
  Object.keys(definition).map((name) => (from[name as keyof D] ?? sql.ref(snake(name))).as(name))

/** The slots of a definition, by column. */
export const slotsByColumn = <D>(codec: Row<D, unknown>): { readonly [C in keyof Stored<D>]: Slot<Stored<D>[C]> } => {
  const slots = Object.values(slotsOf(codec.definition as Definition)).flatMap((slot) =>
    slot instanceof Slot ? [slot] : Object.values(slot),
  )
  return Object.fromEntries(codec.columns.map((column, at) => [column, slots[at]])) as never
}

type AnySlots = Readonly<Record<string, Slot<unknown> | Readonly<Record<string, Slot<unknown>>>>>

export const slotsOf = (definition: Definition): AnySlots =>
  Object.fromEntries(
    Object.entries(definition).map(([name, member]) => {
      const given = (parameters: unknown) => (parameters as Readonly<Record<string, unknown>>)[name]
      if (!isRow(member)) return [name, slotOf(member, given)]
      const members = Object.entries(member.definition as Readonly<Record<string, Kind<unknown, unknown>>>)
      return [name, Object.fromEntries(members.map(([inner, kind]) => [inner, slotOf(kind, memberOf(given, inner))]))]
    }),
  )

const memberOf = (given: (parameters: unknown) => unknown, inner: string) => (parameters: unknown) =>
  (given(parameters) as Readonly<Record<string, unknown>> | undefined)?.[inner]

const slotOf = (kind: Kind<unknown, unknown>, given: (parameters: unknown) => unknown): Slot<unknown> =>
  new Slot((parameters): Parameter => {
    const value = given(parameters)
    return value === undefined ? null : kind.encode(value)
  })

const isRow = (member: Member): member is AnyRow => 'definition' in member

const columnsOf = (definition: Definition): readonly string[] =>
  Object.entries(definition).flatMap(([name, member]) =>
    isRow(member) ? member.columns.map((column) => `${snake(name)}_${column}`) : [snake(name)],
  )

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Fills a copy of a template: an object that grows by a property at a time would cost more than finding the row. */
const decoderOf = (definition: Definition): AnyRow['decode'] => {
  const template: Readonly<Record<string, unknown>> = { ...definition }
  const names = Object.keys(definition)
  const kinds = Object.values(definition).map((member) => (isRow(member) ? undefined : member))
  const rows = Object.values(definition).map((member) => (isRow(member) ? member : undefined))
  return (columns, first = 0) => {
    const found: Record<string, unknown> = { ...template }
    let at = first
    for (let n = 0; n < names.length; n++) {
      const [name, kind, row] = [names[n] as string, kinds[n], rows[n]]
      if (kind !== undefined) found[name] = kind.decode(columns[at++])
      else if (row !== undefined) {
        found[name] = row.mayBeAbsent && columns[at] === null ? undefined : row.decode(columns, at)
        at += row.columns.length
      }
    }
    return found
  }
}
