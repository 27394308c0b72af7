import type { Column, Parameter } from '../engine/statement.ts'

/**
 * How values of one kind are stored, in one place, since the engines differ: numbers may arrive as bigint or text, bytes as a
 * Buffer. `T` is the value in the domain, `S` what a column holds. The domain says `undefined` where a table says NULL.
 */
export interface Kind<T, S = T> {
  decode(column: Column | undefined): T
  encode(value: T): Parameter
  /** A type alone. */
  readonly stored?: S
}

/** A list or a record, stored as JSON text; the type says of what. */
export type Json<T> = string & { readonly __json?: T }

/** Text of which the type knows more than that it is text. */
export const textOf = <T extends string>(): Kind<T> => ({ decode: (column) => column as T, encode: (value) => value })

export const text = textOf<string>()

export const integer: Kind<number> = {
  decode: (column) => (typeof column === 'number' ? column : Number(column)),
  encode: (value) => value,
}

/** Plain bytes: `pg` returns a Buffer, which is a view of a pool that it shares. */
export const bytes: Kind<Uint8Array> = {
  decode: (column) => (Buffer.isBuffer(column) ? new Uint8Array(column) : (column as Uint8Array)),
  encode: (value) => value,
}

export const flag: Kind<boolean, number> = {
  decode: (column) => integer.decode(column) === 1,
  encode: (value) => (value ? 1 : 0),
}

export const json = <T>(): Kind<T, Json<T>> => ({
  decode: (column) => JSON.parse(column as string) as T,
  encode: (value) => JSON.stringify(value),
})

/** A list that is nearly always empty: then nothing is parsed. */
export const jsonList = <T>(): Kind<readonly T[], Json<readonly T[]>> => ({
  decode: (column) => (column === '[]' ? none : (JSON.parse(column as string) as readonly T[])),
  encode: (value) => JSON.stringify(value),
})

const none: readonly never[] = []

export const orAbsent = <T, S>(kind: Kind<T, S>): Kind<T | undefined, S | null> => ({
  decode: (column) => (column === null || column === undefined ? undefined : kind.decode(column)),
  encode: (value) => (value === undefined ? null : kind.encode(value)),
})

/** A parameter that a call may leave out: what is compared with it then holds for no row. */
export const ifGiven = <T, S>(kind: Kind<T, S>): Kind<T | undefined, S> => orAbsent(kind) as Kind<T | undefined, S>

/** Whether a column holds something; for reading alone. */
export const isPresent: Kind<boolean, unknown> = { decode: (column) => column !== null, encode: () => null }
export const isAbsent: Kind<boolean, unknown> = { decode: (column) => column === null, encode: () => null }
