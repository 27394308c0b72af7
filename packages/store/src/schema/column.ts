import type { Column } from '../engine/statement.ts'
import type { Json } from './schema.ts'

/*
 * How column values become the domain's and back, in one place, since the engines differ: numbers may arrive as bigint or
 * text, bytes as a Buffer. The domain says `undefined` where a table says NULL.
 */

export const text = (column: Column | undefined): string => column as string

export const integer = (column: Column | undefined): number => (typeof column === 'number' ? column : Number(column))

export const optionalText = (column: Column | undefined): string | undefined =>
  column === null || column === undefined ? undefined : (column as string)

export const optionalInteger = (column: Column | undefined): number | undefined =>
  column === null || column === undefined ? undefined : integer(column)

/** Plain bytes: `pg` hands over a Buffer, which is a view of a pool that it shares. */
export const bytes = (column: Column | undefined): Uint8Array =>
  Buffer.isBuffer(column) ? new Uint8Array(column) : (column as Uint8Array)

export const optionalBytes = (column: Column | undefined): Uint8Array | undefined =>
  column === null || column === undefined ? undefined : bytes(column)

export const fromJson = <T>(json: Json<T>): T => JSON.parse(json) as T

export const toJson = <T>(value: T): Json<T> => JSON.stringify(value)

export const orNull = <T>(value: T | undefined): T | null => (value === undefined ? null : value)
