// The closed list of log fields, each with its own pattern. A value that does not match is replaced, so that a secret
// in the wrong variable is not logged. There is no field for free text (N-201).
import { describeError } from './error-facts.ts'

/** The fields of a line. `undefined` fields are left out. */
export interface LogFields {
  readonly request_id?: string | undefined
  readonly method?: string | undefined
  /** The path template, never the URL: `/v1/authorizations/{id}`; `none` if no operation matched. */
  readonly route?: string | undefined
  readonly status?: number | undefined
  readonly duration_ms?: number | undefined
  /** Constant code of an error or of a cause. */
  readonly code?: string | undefined
  /** Constant word that distinguishes cases with one code. */
  readonly outcome?: string | undefined
  readonly authorization_id?: string | undefined
  readonly client_id?: string | undefined
  readonly subject_id?: string | undefined
  readonly address?: string | undefined
  readonly bytes?: number | undefined
  readonly count?: number | undefined
  readonly seconds?: number | undefined
  readonly port?: number | undefined
  /** A flag or a variable: `--port`, `COUNTERSIGN_PORT`. */
  readonly setting?: string | undefined
  readonly instead?: string | undefined
  /** The version of the database's schema. */
  readonly schema?: number | undefined
  readonly schema_before?: number | undefined
  /** The name of a backup that a migration has made, without its folder. */
  readonly backup?: string | undefined
  readonly signal?: string | undefined
  /** Constant name of a background task. */
  readonly task?: string | undefined
  /** Logged as names, codes and positions in the code. Messages are logged only for errors that quote no input. */
  readonly error?: unknown
}

export type FieldName = keyof LogFields

/** One field. docs/logs.md shows it. */
interface LogField {
  /** The value as it is written, or `[refused]`. */
  readonly admit: (value: unknown) => unknown
  readonly type: string
  /** What it says, and when the line has it. */
  readonly meaning: string
  readonly example: unknown
}

const matching = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? value : refused
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : refused)
const word = matching(/^[a-z][a-z0-9_]{0,63}$/)
const settingName = matching(/^(?:--[a-z][a-z0-9-]{1,63}|COUNTERSIGN_[A-Z0-9_]{1,63})$/)
const refused = '[refused]'

export const logFields: { readonly [K in FieldName]-?: LogField } = {
  request_id: {
    admit: matching(/^[A-Za-z0-9-]{1,64}$/),
    type: 'string',
    meaning: 'The id of the request, as in the header `X-Request-Id` of the response.',
    example: '3f2c9a1e5b7d4086',
  },
  method: { admit: matching(/^[A-Z]{1,16}$/), type: 'string', meaning: 'The method of the request.', example: 'POST' },
  route: {
    admit: matching(/^(?:none|\/[A-Za-z0-9/._{}:-]{0,200})$/),
    type: 'string',
    meaning: 'The path template of the operation, never the URL; `none` if no operation matched.',
    example: '/v1/authorizations/{id}',
  },
  status: { admit: number, type: 'number', meaning: 'The HTTP status of the response.', example: 401 },
  duration_ms: {
    admit: number,
    type: 'number, milliseconds',
    meaning: 'From the first byte of the request to the end of the response.',
    example: 2.417,
  },
  code: {
    admit: word,
    type: 'word',
    meaning: 'The [error code](errors.md) of a refused request. Absent if the request succeeded.',
    example: 'refresh_token_reused',
  },
  outcome: {
    admit: word,
    type: 'word',
    meaning: 'Distinguishes cases that share one code. Absent if there is one case.',
    example: 'refresh_late',
  },
  authorization_id: {
    admit: matching(/^[0-9a-f]{22}$/),
    type: '22 hex digits',
    meaning: 'The session or other authorization of the token that was presented, or that was refused.',
    example: '006b02612939d7ee853b94',
  },
  client_id: {
    // Registered clients have ids, built-in clients have names.
    admit: matching(/^(?:[0-9a-f]{22}|[a-z][a-z-]{0,20})$/),
    type: '22 hex digits, or a name',
    meaning:
      'The client of the authorization, or the one that authenticated. The clients that are built in have names.',
    example: 'native',
  },
  subject_id: {
    admit: matching(/^[0-9a-f]{22}$/),
    type: '22 hex digits',
    meaning: 'The user or client that the authorization is about. Never the name.',
    example: '006b02612939d7ee853b94',
  },
  address: {
    admit: matching(/^[0-9a-fA-F.:]{1,45}(?:%[A-Za-z0-9]{1,15})?$/),
    type: 'IP address',
    meaning: 'The address of the caller, as `--trusted-proxies` says; of the listener in `metrics_listening`.',
    example: '192.0.2.7',
  },
  bytes: { admit: number, type: 'number, bytes', meaning: 'A size.', example: 4096 },
  count: { admit: number, type: 'number', meaning: 'How many: sessions and tokens, or lines.', example: 12 },
  seconds: {
    admit: number,
    type: 'number, seconds',
    meaning:
      'How far the clock is behind, how long the certificate is valid (negative: expired since), or when a key signs.',
    example: 3600,
  },
  port: { admit: number, type: 'number', meaning: 'A TCP port.', example: 9464 },
  setting: {
    admit: settingName,
    type: 'string',
    meaning: 'A flag or a variable, without its value.',
    example: 'COUNTERSIGN_PORT',
  },
  instead: {
    admit: settingName,
    type: 'string',
    meaning: 'The setting that takes its place. Absent if none is needed.',
    example: '--port',
  },
  schema: { admit: number, type: 'number', meaning: 'The schema of the database.', example: 8 },
  schema_before: { admit: number, type: 'number', meaning: 'The schema before the migration.', example: 7 },
  backup: {
    admit: matching(/^countersign-schema-\d{1,9}-\d{8}T\d{6}Z(?:-\d{1,9})?\.db$/),
    type: 'string',
    meaning: 'The name of the backup, in `--migration-backup-folder`.',
    example: 'countersign-schema-7-20270115T080000Z.db',
  },
  signal: {
    admit: matching(/^SIG[A-Z0-9]{1,12}$/),
    type: 'string',
    meaning: 'The signal that the process received.',
    example: 'SIGTERM',
  },
  task: { admit: word, type: 'word', meaning: 'The background task.', example: 'record_usage' },
  error: {
    admit: describeError,
    type: 'object',
    meaning: 'The error: `name`, `code`, `message`, `stack`, `cause`, as far as it has them and they quote no input.',
    example: { name: 'StoreError', message: 'the database could not be written' },
  },
}

/** The fields as they are written: known names only, with valid values. */
export function admitFields(fields: LogFields): Record<string, unknown> {
  const admitted: Record<string, unknown> = {}
  for (const name in fields) {
    const value = fields[name as FieldName]
    if (value !== undefined && Object.hasOwn(logFields, name))
      admitted[name] = logFields[name as FieldName].admit(value)
  }
  return admitted
}

/**
 * The same as members of a JSON object, each after a comma. The patterns permit nothing that JSON escapes, so that a text is
 * written as it is.
 */
export function fieldsAsJson(fields: LogFields): string {
  let text = ''
  for (const name in fields) {
    const given = fields[name as FieldName]
    if (given === undefined || !Object.hasOwn(logFields, name)) continue
    const value = logFields[name as FieldName].admit(given)
    const written =
      typeof value === 'string'
        ? `"${value}"`
        : typeof value === 'number'
          ? `${value}`
          : escapeUnsafe(JSON.stringify(value))
    text += `,"${name}":${written}`
  }
  return text
}

/**
 * Characters that JSON does not escape: C1 controls and DEL, line separators, and marks that change the text direction
 * (N-208).
 */
const unsafe = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

export const escapeUnsafe = (text: string): string =>
  text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
