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
  readonly signal?: string | undefined
  /** Constant name of a background task. */
  readonly task?: string | undefined
  /** Logged as names, codes and positions in the code. Messages are logged only for errors that quote no input. */
  readonly error?: unknown
}

type FieldName = keyof LogFields

const matching = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? value : refused
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : refused)
const word = matching(/^[a-z][a-z0-9_]{0,63}$/)
const refused = '[refused]'

const shapes: { readonly [K in FieldName]-?: (value: unknown) => unknown } = {
  request_id: matching(/^[A-Za-z0-9-]{1,64}$/),
  method: matching(/^[A-Z]{1,16}$/),
  route: matching(/^(?:none|\/[A-Za-z0-9/._{}:-]{0,200})$/),
  status: number,
  duration_ms: number,
  code: word,
  outcome: word,
  authorization_id: matching(/^[0-9a-f]{22}$/),
  // Registered clients have ids, built-in clients have names.
  client_id: matching(/^(?:[0-9a-f]{22}|[a-z][a-z-]{0,20})$/),
  subject_id: matching(/^[0-9a-f]{22}$/),
  address: matching(/^[0-9a-fA-F.:]{1,45}(?:%[A-Za-z0-9]{1,15})?$/),
  bytes: number,
  count: number,
  seconds: number,
  port: number,
  signal: matching(/^SIG[A-Z0-9]{1,12}$/),
  task: word,
  error: describeError,
}

/** The fields as they are written: known names only, with valid values. */
export function admitFields(fields: LogFields): Record<string, unknown> {
  const admitted: Record<string, unknown> = {}
  for (const name in fields) {
    const value = fields[name as FieldName]
    if (value !== undefined && Object.hasOwn(shapes, name)) admitted[name] = shapes[name as FieldName](value)
  }
  return admitted
}
