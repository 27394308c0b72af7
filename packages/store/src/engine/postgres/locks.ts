import type { Key } from '../statement.ts'

/*
 * What a unit is alone on is a row of the table `locks`, locked until the commit. There is a fixed number of rows, and keys share
 * them: a row for each key would have to be made, and would stay. Advisory locks are not used, since other databases that speak
 * PostgreSQL's protocol lack them.
 */

const rows = 1024

/** FNV-1a, 32 bits. */
const hash = (key: Key): number => {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(key)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** The row of a key. */
export const rowOf = (key: Key): number => hash(key) % rows

/** In the order of the rows, so that two units that name the same keys do not wait for each other. */
export const lockRows = (numbers: readonly number[]): { readonly sql: string; readonly values: readonly number[] } => {
  const places = numbers.map((_, place) => `$${place + 1}`)
  return { sql: `select id from locks where id in (${places.join(', ')}) order by id for update`, values: numbers }
}

/** Can be run again. */
export const makeLocks: readonly string[] = [
  'create table if not exists locks (id bigint primary key)',
  `insert into locks (id) select * from generate_series(0, ${rows - 1}) on conflict do nothing`,
]
