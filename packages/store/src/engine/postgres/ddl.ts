import { sql } from 'kysely'
import type { Ddl, Guard } from '../ddl.ts'
import { compiler } from './compiler.ts'
import { fenceSteps } from './schema-fence.ts'

/** The first version of the schema that a PostgreSQL database could have had rows of. */
const firstVersion = 8

/** PostgreSQL's dialect of definitions. */
export const postgresDdl: Ddl = {
  schema: compiler.schema,
  integer: 'bigint',
  bytes: sql`bytea`,
  // Units that are alone on the order give the numbers: a sequence would leave gaps, and an import would not move it.
  sequence: (column) => column.primaryKey(),
  counted: (table) => table,
  keyed: (table) => table,
  firstVersion,
  greatest: (one, other) => `greatest(${one}, ${other})`,
  // Two UUIDs of version 4: their fixed digits are few, and an id of a feed only has to differ.
  randomHex: (bytes) => `substr(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 1, ${2 * bytes})`,
  fence: fenceSteps,
  guard: (guard) => [refusing(guard), trigger(guard)],
  unguard: ({ name, table }) => [`drop trigger ${name} on ${table}`, `drop function ${name}()`],
}

/** A condition of a trigger may not read other rows. So the function has it. */
const refusing = ({ name, refuses, when = 'true' }: Guard): string => {
  const row = refuses === 'delete' ? 'old' : 'new'
  return `create function ${name}() returns trigger language plpgsql as $guard$
    begin
      if ${when} then
        raise exception using errcode = 'restrict_violation', message = 'refused by ${name}';
      end if;
      return ${row};
    end
    $guard$`
}

const trigger = ({ name, table, refuses, columns }: Guard): string => {
  const what = columns === undefined ? refuses : `${refuses} of ${columns.join(', ')}`
  return `create trigger ${name} before ${what} on ${table} for each row execute function ${name}()`
}
