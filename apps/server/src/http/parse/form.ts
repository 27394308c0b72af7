import { parsePairs } from './urlencoded.ts'

export interface Form {
  /** Parameters that have a value. A parameter without a value counts as omitted (RFC 6749 §3.1). */
  readonly parameters: Record<string, string | string[]>
  /** Names of parameters without a value, for callers that refuse them. */
  readonly empty: readonly string[]
}

/**
 * Parses an application/x-www-form-urlencoded body strictly: one value per name, complete escapes, UTF-8 only.
 *
 * @param repeatable The names that may have several values (RFC 8707 §2): then the value is a list. Default: none.
 * @throws RequestError `request_invalid` with a constant detail.
 */
export function parseForm(bytes: Uint8Array, repeatable: ReadonlySet<string> = none): Form {
  // Latin-1 keeps bytes beyond ASCII visible; the grammar then refuses them, because they should have been escaped.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const wording = {
    malformed: 'The body is not a valid form.',
    repeated: 'The form has the same parameter twice.',
    tooMany: 'The form has too many parameters.',
  }
  const pairs = parsePairs(text, wording, undefined, repeatable)
  const empty = Object.keys(pairs).filter((name) => pairs[name] === '')
  for (const name of empty) delete pairs[name]
  return { parameters: pairs, empty }
}

const none: ReadonlySet<string> = new Set()
