import { RequestError } from '../errors.ts'
import { headerValues } from '../message.ts'

export const jsonMediaType = 'application/json'
export const formMediaType = 'application/x-www-form-urlencoded'
export type MediaType = typeof jsonMediaType | typeof formMediaType

export interface MediaTypeOptions {
  /** Reads a body without a Content-Type as JSON, because some vendors' clients omit it. Default: false. */
  readonly jsonAssumed?: boolean
}

const grammar = /^([A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+)[ \t]*(?:;[ \t]*charset=("?)utf-8\2[ \t]*)?$/i

/**
 * Decides how a body is parsed. The only accepted parameter is `charset=utf-8`: with another charset, a proxy that
 * inspects the bytes could read another text.
 *
 * @param accepted The media types of the operation's request body in the contract.
 * @throws RequestError `media_type_unsupported`; `request_invalid` if the header is repeated.
 */
export function chooseMediaType(
  rawHeaders: readonly string[],
  accepted: readonly string[],
  options: MediaTypeOptions = {},
): MediaType {
  const values = headerValues(rawHeaders, 'content-type')
  if (values.length > 1) {
    throw new RequestError('request_invalid', 'The request has more than one Content-Type header.')
  }
  const mediaType = values.length === 0 && options.jsonAssumed ? jsonMediaType : essence(values[0] ?? '')
  if (mediaType === undefined || !accepted.includes(mediaType)) {
    throw new RequestError('media_type_unsupported', 'The body is not of a media type that this operation accepts.')
  }
  return mediaType
}

function essence(value: string): MediaType | undefined {
  const type = value === jsonMediaType ? jsonMediaType : grammar.exec(value)?.[1]?.toLowerCase()
  return type === jsonMediaType || type === formMediaType ? type : undefined
}
