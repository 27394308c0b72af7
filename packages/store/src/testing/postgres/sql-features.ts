/*
 * What the store's SQL uses, word by word. Each word that is no name of ours belongs to a feature; a new word has to be put here, and
 * with it the question is asked whether other databases that speak PostgreSQL's protocol have it.
 */

/** By feature, as docs/databases.md names it. */
export const features: Readonly<Record<string, readonly string[]>> = {
  'READ COMMITTED transactions': ['begin', 'isolation', 'level', 'read', 'committed', 'commit', 'rollback'],
  'REPEATABLE READ snapshots': ['repeatable', 'only'],
  '`set local` of `statement_timeout` and `lock_timeout`': ['set', 'local', 'statement_timeout', 'lock_timeout'],
  '`select … for update`': ['select', 'for', 'update'],
  'joins, subqueries, `exists`, `in` of several columns, `union all`': [
    ...[
      'from',
      'as',
      'where',
      'and',
      'or',
      'not',
      'inner',
      'left',
      'join',
      'on',
      'exists',
      'in',
      'is',
      'null',
      'true',
      'false',
      'union',
      'all',
    ],
    ...[
      'order',
      'by',
      'desc',
      'limit',
      'case',
      'when',
      'then',
      'else',
      'end',
      'like',
      'escape',
      'cast',
      'text',
      'bigint',
    ],
  ],
  '`insert … on conflict`, also on a partial index': ['insert', 'into', 'values', 'conflict', 'do', 'nothing'],
  '`returning`': ['delete', 'returning'],
  '`with` that holds an `update`': ['with', 'changed'],
  'aggregates and functions': [
    'count',
    'max',
    'min',
    'coalesce',
    'greatest',
    'replace',
    'substr',
    'floor',
    'extract',
    'epoch',
  ],
  '`row_number`, in migrations': ['row_number', 'over'],
  '`gen_random_uuid`, `generate_series`, in migrations': ['gen_random_uuid', 'generate_series'],
  'tables with `collate "C"`, foreign keys, partial indexes': [
    ...[
      'create',
      'alter',
      'drop',
      'table',
      'add',
      'column',
      'if',
      'bytea',
      'collate',
      'default',
      'constraint',
      'primary',
      'key',
    ],
    ...['unique', 'foreign', 'references', 'cascade', 'index', 'using'],
  ],
  'tables that are renamed': ['rename', 'to'],
  'triggers in PL/pgSQL': [
    ...[
      'function',
      'returns',
      'trigger',
      'language',
      'plpgsql',
      'before',
      'of',
      'each',
      'row',
      'execute',
      'old',
      'new',
    ],
    ...['raise', 'exception', 'errcode', 'message', 'return', 'guard'],
  ],
  '`current_setting`, `to_regclass`, `clock_timestamp`': ['current_setting', 'to_regclass', 'clock_timestamp'],
  '`pg_stat_activity`, for commands that must be alone': ['pg_stat_activity', 'pg_backend_pid'],
}

/** Words of a statement outside of texts and quoted names, in lower case. */
export const wordsOf = (sql: string): readonly string[] =>
  sql
    .replaceAll(/'(?:[^']|'')*'|"[^"]*"/g, ' ')
    .toLowerCase()
    .match(/[a-z_]+/g) ?? []
