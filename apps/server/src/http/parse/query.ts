import { RequestError } from '../errors.ts'
import { parsePairs } from './urlencoded.ts'

const limitCharacters = 4096
const wording = {
  malformed: 'The query is not valid.',
  repeated: 'The query has the same parameter twice.',
  tooMany: 'The query has too many parameters.',
}

/**
 * Parses a raw query strictly: one value per name, complete escapes, no bracket notation (`a[]=1` is refused). A
 * parameter without a value is kept as an empty string; the contract decides about it.
 *
 * @param query Without the question mark.
 * @param wanted The only names that are read, if an operation ignores others. Default: all.
 * @throws RequestError `request_invalid` with a constant detail.
 */
export function parseQuery(query: string, wanted?: ReadonlySet<string>): Record<string, string> {
  if (query.length > limitCharacters) throw new RequestError('request_invalid', 'The query is too long.')
  return parsePairs(query, wording, wanted)
}
