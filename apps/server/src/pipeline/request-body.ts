// The body of a request: read up to a limit, and parsed on first use.
import type { Route } from '../generated/index.ts'
import type { OperationShape } from '../http/contract/validate.ts'
import { RequestError } from '../http/errors.ts'
import type { RequestValue } from '../http/message.ts'
import { parseForm } from '../http/parse/form.ts'
import { parseJsonObject } from '../http/parse/json.ts'
import { chooseMediaType, formMediaType } from '../http/parse/media-type.ts'
import type { CredentialParsers } from './credentials.ts'

/**
 * Reads the body of operations that take one. Vendors' clients send bodies to operations without one; those are
 * ignored.
 */
export async function readBytes(
  request: RequestValue,
  route: Route,
  shape: OperationShape,
  parsers: CredentialParsers,
  vendor: boolean,
): Promise<Buffer | undefined> {
  if (shape.mediaTypes.length > 0) return request.body()
  if (route.security.some((scheme) => parsers[scheme]?.inBody)) return request.body().catch(unlessUnreadable)
  if (vendor) return undefined
  try {
    return await request.body()
  } catch (error) {
    // Too large or encoded; in any case there is a body.
    if (error instanceof RequestError) return Buffer.alloc(0)
    throw error
  }
}

/** Where a body can only contain a credential, an invalid body contains none. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof RequestError)) throw error
}

interface ParsedBody {
  readonly value: unknown
  readonly mediaType: string | undefined
}

const noBody: ParsedBody = { value: undefined, mediaType: undefined }

/**
 * The body, parsed on first use: after the credential, unless the credential is in the body.
 *
 * It has no closures in fields: V8 would keep all that they reach, each request, until the next full garbage collection.
 */
export class LazyBody {
  readonly #request: RequestValue
  readonly #shape: OperationShape
  readonly #vendor: boolean
  readonly #bytes: Buffer | undefined
  #parsed: ParsedBody | undefined

  constructor(request: RequestValue, shape: OperationShape, vendor: boolean, bytes: Buffer | undefined) {
    this.#request = request
    this.#shape = shape
    this.#vendor = vendor
    this.#bytes = bytes
    this.#parsed = bytes === undefined ? noBody : undefined
  }

  /** Whether any byte was sent. */
  get isThere(): boolean {
    return this.#bytes !== undefined
  }

  get value(): unknown {
    this.#parsed ??= this.#parse()
    return this.#parsed.value
  }

  get mediaType(): string | undefined {
    this.#parsed ??= this.#parse()
    return this.#parsed.mediaType
  }

  /** For a credential in the body: an invalid body contains none, and is refused later by validation. */
  readable(): unknown {
    try {
      return this.value
    } catch (error) {
      return unlessUnreadable(error)
    }
  }

  #parse(): ParsedBody {
    const { mediaTypes, repeatable } = this.#shape
    const bytes = this.#bytes as Buffer
    const offered = mediaTypes.length > 0 ? mediaTypes : eitherType
    const mediaType = chooseMediaType(this.#request.rawHeaders, offered, { jsonAssumed: this.#vendor })
    const value = mediaType === formMediaType ? parseForm(bytes, repeatable).parameters : parseJsonObject(bytes)
    return { value, mediaType }
  }
}

const eitherType = ['application/json', formMediaType]
