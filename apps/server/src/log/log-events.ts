// The closed list of log events. docs/logs.md shows it; a test compares. The compiler refuses an event that is not in
// the list, at a level that is not its own, or with a field that is not its own.
import type { LogLevel } from '../config/config.ts'
import type { FieldName } from './log-fields.ts'

type EventLevel = Exclude<LogLevel, 'silent'>

/** One event. */
interface LogEvent {
  readonly levels: readonly EventLevel[]
  readonly fields: readonly FieldName[]
  /** One sentence. Lines of level `warn` and `error` contain it (`message`), except those of requests. */
  readonly meaning: string
  /** What the operator should do. */
  readonly advice: string
}

export const logEvents = {
  request: {
    levels: ['info', 'error'],
    fields: [
      'request_id',
      'method',
      'route',
      'status',
      'duration_ms',
      'code',
      'outcome',
      'authorization_id',
      'client_id',
      'subject_id',
      'address',
      'error',
    ],
    meaning: 'A request was answered. Its level is `error` if the server is at fault; then `error` has the cause.',
    advice: 'At `error`: read `code` and `error`.',
  },
  binding_fault: {
    levels: ['error'],
    fields: ['request_id', 'error'],
    meaning: 'A request ended by an error outside of its operation.',
    advice: 'Report it: it is a fault of the server.',
  },
  database_not_closed: {
    levels: ['warn'],
    fields: [],
    meaning: 'The database was not closed, or another process has it open: it is checked before it is served.',
    advice: 'Find out why the last server was killed.',
  },
  deprecated: {
    levels: ['warn'],
    fields: ['setting', 'instead'],
    meaning: 'A setting, or its value, is deprecated: it has its effect, and a later version removes it.',
    advice: 'Use what `instead` names. [configuration.md](configuration.md) says which values are deprecated.',
  },
  database_backed_up: {
    levels: ['info'],
    fields: ['schema', 'bytes', 'backup'],
    meaning: 'A backup of the database was made before its migration.',
    advice: '',
  },
  migration_without_backup: {
    levels: ['warn'],
    fields: ['schema'],
    meaning: 'The database is migrated without a backup (`--migration-backups 0`).',
    advice: 'Have a backup of your own.',
  },
  database_migrated: {
    levels: ['info'],
    fields: ['schema', 'schema_before'],
    meaning: 'The database has the schema of this version now.',
    advice: '',
  },
  database_lost: {
    levels: ['error'],
    fields: [],
    meaning: 'The database was moved, removed or replaced while it was open: restore it and start again.',
    advice: '[Restore a backup](runbooks.md#the-database-is-damaged-or-lost).',
  },
  issuer_changed: {
    levels: ['warn'],
    fields: ['count'],
    meaning: 'The issuer is not the one that was served last: tokens of the old issuer are refused.',
    advice: '[Nothing, if it was meant](runbooks.md#the-issuer-changes).',
  },
  keys_rotated: {
    levels: ['info'],
    fields: ['seconds'],
    meaning: 'The schedule has made the next signing key (`--key-rotation-days`). It signs in `seconds`.',
    advice: '',
  },
  key_rotation_postponed: {
    levels: ['warn'],
    fields: ['outcome'],
    meaning: 'The next signing key is due and was not made: the clock is far ahead, or too many key sets are kept.',
    advice: '`clock_ahead`: set the clock. `too_many_sets`: revoke old sets (`countersign keys list`).',
  },
  database_clock_differs: {
    levels: ['warn'],
    fields: ['seconds'],
    meaning:
      "This machine's clock differs from that of the database server by more than 5 seconds: the server is not ready.",
    advice: 'Set the clocks: let both machines use NTP.',
  },
  pool_priority_kept: {
    levels: ['debug'],
    fields: ['error'],
    meaning: 'The threads that hash passwords have the priority of the others, since the system refuses another.',
    advice: 'None is needed. Under many logins, other requests wait longer.',
  },
  clock_behind: {
    levels: ['warn'],
    fields: ['seconds'],
    meaning: 'The clock is behind the stored mark: see "countersign doctor".',
    advice: '[Set the clock](runbooks.md#the-clock-jumped).',
  },
  password_hash_unreadable: {
    levels: ['error'],
    fields: [],
    meaning: 'A stored password hash is unreadable: was the database altered?',
    advice: 'Run `countersign doctor`. The user needs a new password.',
  },
  background_task_failed: {
    levels: ['warn'],
    fields: ['task', 'error'],
    meaning: 'A background task failed. It is run again.',
    advice: 'Read `error`. A full disk shows here first.',
  },
  metrics_listening: {
    levels: ['info'],
    fields: ['address', 'port'],
    meaning: 'The metrics are served at this address (`--metrics-listen`).',
    advice: '',
  },
  certificate_renewed: {
    levels: ['info'],
    fields: ['seconds'],
    meaning: 'A new TLS certificate is served.',
    advice: '',
  },
  certificate_unusable: {
    levels: ['error'],
    fields: ['error'],
    meaning: 'The files of the TLS certificate cannot be used: the last valid pair is still served.',
    advice: 'Read `error`, and mend the files.',
  },
  certificate_ends_soon: {
    levels: ['warn'],
    fields: ['seconds'],
    meaning: 'The TLS certificate expires within 30 days.',
    advice: 'Renew it.',
  },
  certificate_expired: {
    levels: ['warn'],
    fields: ['seconds'],
    meaning: 'The TLS certificate has expired.',
    advice: 'Renew it.',
  },
  certificate_not_yet_valid: {
    levels: ['warn'],
    fields: ['seconds'],
    meaning: 'The TLS certificate is not valid yet.',
    advice: 'Compare the clock with the start of the certificate.',
  },
  reloading: {
    levels: ['info'],
    fields: ['signal'],
    meaning: 'The TLS certificate is read again, after SIGHUP.',
    advice: '',
  },
  stopping: {
    levels: ['info'],
    fields: ['signal'],
    meaning: 'The server stops after a signal.',
    advice: '',
  },
  stopped: { levels: ['info'], fields: [], meaning: 'The server has stopped.', advice: '' },
  connections_cut: {
    levels: ['warn'],
    fields: [],
    meaning: 'Connections were cut before all requests were answered.',
    advice: 'Raise `--shutdown-seconds` if it happens at each stop.',
  },
  stop_failed: {
    levels: ['error'],
    fields: ['error'],
    meaning: 'The server could not stop in order.',
    advice: 'Read `error`. The next start checks the database.',
  },
  unhandled_rejection: {
    levels: ['error'],
    fields: ['error'],
    meaning: 'An error was handled nowhere. The server continues.',
    advice: 'Report it: it is a fault of the server.',
  },
  uncaught_exception: {
    levels: ['error'],
    fields: ['error'],
    meaning: 'An error was caught nowhere. The server stops with status 1.',
    advice: 'Report it. Let the supervisor start the server again.',
  },
  core_dump_filter_unavailable: {
    levels: ['debug'],
    fields: ['error'],
    meaning: 'The memory of the process could not be excluded from core dumps.',
    advice: 'Limit core dumps in the supervisor (`LimitCORE=0`).',
  },
  log_lines_dropped: {
    levels: ['warn'],
    fields: ['count'],
    meaning: 'The reader of the log was too slow: lines were dropped.',
    advice: 'Read the log faster, or raise `--log-level`.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>

export type LogEventName = keyof typeof logEvents

/** The events that are logged at a level. */
export type EventAt<L extends LogLevel> = {
  [E in LogEventName]: L extends (typeof logEvents)[E]['levels'][number] ? E : never
}[LogEventName]

/** The fields of an event. */
export type FieldOf<E extends LogEventName> = (typeof logEvents)[E]['fields'][number]

/** The sentence that a line of this level has. */
export const messageOf = (level: LogLevel, event: LogEventName): string | undefined =>
  (level === 'warn' || level === 'error') && event !== 'request' ? logEvents[event].meaning : undefined
