// The body of a request: read within its bound, and parsed when it is first asked for.
import type { Route } from '../generated/index.ts'
import type { OperationShape } from '../http/contract/validate.ts'
import { RequestError } from '../http/errors.ts'
import type { RequestValue } from '../http/message.ts'
import { parseForm } from '../http/parse/form.ts'
import { parseJsonObject } from '../http/parse/json.ts'
import { chooseMediaType, formMediaType } from '../http/parse/media-type.ts'
import type { CredentialParsers } from './credentials.ts'

/** Reads the body of operations that take one. Vendors' clients send bodies where none is asked for: those are ignored. */
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
    // Too large or encoded: whatever it is, it is a body.
    if (error instanceof RequestError) return Buffer.alloc(0)
    throw error
  }
}

/** Where a body can hold nothing but a credential, one that cannot be read holds none. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof RequestError)) throw error
}

/** The body, taken apart when it is first asked for: after the credential, unless the credential is in it. */
export class LazyBody {
  /** Whether anything was sent. */
  readonly isThere: boolean
  readonly #parse: () => { value: unknown; mediaType: string | undefined }
  #parsed: { value: unknown; mediaType: string | undefined } | undefined

  constructor(request: RequestValue, shape: OperationShape, vendor: boolean, bytes: Buffer | undefined) {
    this.isThere = bytes !== undefined
    this.#parse = () => {
      if (bytes === undefined) return { value: undefined, mediaType: undefined }
      const offered = shape.mediaTypes.length > 0 ? shape.mediaTypes : ['application/json', formMediaType]
      const mediaType = chooseMediaType(request.rawHeaders, offered, { jsonAssumed: vendor })
      const value = mediaType === formMediaType ? parseForm(bytes).parameters : parseJsonObject(bytes)
      return { value, mediaType }
    }
  }

  get value(): unknown {
    return this.#get().value
  }

  get mediaType(): string | undefined {
    return this.#get().mediaType
  }

  /** For a credential in it: a body that cannot be read holds none, and is judged when its turn comes. */
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
