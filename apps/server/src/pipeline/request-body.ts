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
  { parsers, vendor }: { readonly parsers: CredentialParsers; readonly vendor: boolean },
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

/** The body, parsed on first use: after the credential, unless the credential is in the body. */
export class LazyBody {
  /** Whether any byte was sent. */
  readonly isThere: boolean
  readonly #parse: () => { value: unknown; mediaType: string | undefined }
  #parsed: { value: unknown; mediaType: string | undefined } | undefined

  constructor(request: RequestValue, shape: OperationShape, vendor: boolean, bytes: Buffer | undefined) {
    this.isThere = bytes !== undefined
    this.#parse = () => {
      if (bytes === undefined) return { value: undefined, mediaType: undefined }
      const offered = shape.mediaTypes.length > 0 ? shape.mediaTypes : ['application/json', formMediaType]
      const mediaType = chooseMediaType(request.rawHeaders, offered, { jsonAssumed: vendor })
      const value = mediaType === formMediaType ? parseForm(bytes, shape.repeatable).parameters : parseJsonObject(bytes)
      return { value, mediaType }
    }
  }

  get value(): unknown {
    return this.#get().value
  }

  get mediaType(): string | undefined {
    return this.#get().mediaType
  }

  /** For a credential in the body: an invalid body contains none, and is refused later by validation. */
  readonly readable = (): unknown => {
    try {
      return this.value
    } catch (error) {
      return unlessUnreadable(error)
    }
  }

  #get() {
    this.#parsed ??= this.#parse()
    return this.#parsed
  }
}
