// Percent-encoded UTF-8: the grammar of forms, queries, OAuth's Basic credentials and path segments.
import { RequestError } from '../errors.ts'
import { reachesPrototype } from './json.ts'

const brokenEscape = /%(?![0-9A-Fa-f]{2})/
const printable = /^[\x20-\x7e]*$/

/**
 * Decodes percent-encoded UTF-8 strictly.
 *
 * @returns `undefined` for a broken escape, bytes that are not UTF-8, NUL, or characters that should have been encoded.
 */
export function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return printable.test(text) ? text : undefined
  if (brokenEscape.test(text) || !printable.test(text)) return undefined
  try {
    const decoded = decodeURIComponent(text)
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    // URIError: the escapes are well-formed but not UTF-8. `undefined` reports it.
    return undefined
  }
}

/** As `decodePercent`, with a plus for a space (application/x-www-form-urlencoded, RFC 6749 appendix B). */
export function decodeFormComponent(text: string): string | undefined {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

export interface PairWording {
  /** Constant public sentences for each kind of error. */
  readonly malformed: string
  readonly repeated: string
  readonly tooMany: string
}

const pairLimit = 32

/**
 * Splits `a=1&b=2` into its parameters: at most 32, each name once (RFC 6749 §3.2), no bracket notation, so that every
 * parser reads an accepted text alike.
 *
 * @param wanted The only names that are read; other parameters may have any content and number. Default: all.
 * @param repeatable The names that may repeat: their value is a list if they do. Default: none.
 * @throws RequestError `request_invalid` with one of the constant sentences.
 */
export function parsePairs(text: string, wording: PairWording, wanted?: ReadonlySet<string>): Record<string, string>
export function parsePairs(
  text: string,
  wording: PairWording,
  wanted: undefined,
  repeatable: ReadonlySet<string>,
): Record<string, string | string[]>
export function parsePairs(
  text: string,
  wording: PairWording,
  wanted?: ReadonlySet<string>,
  repeatable?: ReadonlySet<string>,
): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = {}
  if (text === '') return parameters
  const pairs = wanted ? text.split('&') : text.split('&', pairLimit + 1)
  if (!wanted && pairs.length > pairLimit) throw new RequestError('request_invalid', wording.tooMany)
  for (const pair of pairs) {
    const mark = pair.indexOf('=')
    const name = decodeFormComponent(mark < 0 ? pair : pair.slice(0, mark))
    if (wanted && (name === undefined || !wanted.has(name))) continue
    const value = mark < 0 ? '' : decodeFormComponent(pair.slice(mark + 1))
    if (!name || value === undefined || /[[\]]/.test(name) || reachesPrototype(name)) {
      throw new RequestError('request_invalid', wording.malformed)
    }
    const earlier = parameters[name]
    if (earlier === undefined) parameters[name] = value
    else if (repeatable?.has(name)) parameters[name] = [earlier, value].flat()
    else throw new RequestError('request_invalid', wording.repeated)
  }
  return parameters
}
