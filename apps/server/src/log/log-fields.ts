// What may stand in a log line: a closed list of fields, each with a shape of its own. What does not fit its shape is
// replaced, so that a secret in the wrong variable does not get out (N-201). There is no field for free text.
import { describeError } from './error-facts.ts'

/** The fields of a line. A field that is `undefined` is left out. */
export interface LogFields {
  readonly request_id?: string | undefined
  readonly method?: string | undefined
  /** The template, never the URL: `/v1/authorizations/{id}`; `none` where no operation was found. */
  readonly route?: string | undefined
  readonly status?: number | undefined
  readonly duration_ms?: number | undefined
  /** Of an error, or of a cause: a constant word. */
  readonly code?: string | undefined
  /** Tells apart what has one code: a constant word. */
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
  /** What was being done in the background, a constant word. */
  readonly task?: string | undefined
  /** Logged as names, codes and places in the code; a message only of errors that quote nobody. */
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
  // Registered clients have ids; the built-in ones have names.
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

/** The fields as they are written: known ones only, in their shape. */
export function admitFields(fields: LogFields): Record<string, unknown> {
  const admitted: Record<string, unknown> = {}
  for (const name in fields) {
    const value = fields[name as FieldName]
    if (value !== undefined && Object.hasOwn(shapes, name)) admitted[name] = shapes[name as FieldName](value)
  }
  return admitted
}
