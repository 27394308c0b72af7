import { VerificationError } from '../model/errors.ts'
import type { Verified } from '../model/verified.ts'
import { readScopes } from '../verifier/scopes.ts'
import type { Verifier } from '../verifier/verifier.ts'
import { admit, remember } from './admit.ts'
import { type NodeRequest, type NodeResponse, presentationOfNode } from './node-messages.ts'

/**
 * What is read of an OpenAPI contract.
 *
 * @example
 * ```ts
 * import type { SecuredContract } from '@countersign/verifier/express'
 *
 * const contract: SecuredContract = {
 *   security: [{ token: ['orders:read'] }],
 *   components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
 * }
 * ```
 */
export interface SecuredContract {
  readonly security?: readonly Requirement[] | undefined
  readonly components?:
    | { readonly securitySchemes?: Readonly<Record<string, { readonly type?: string } | object>> | undefined }
    | undefined
}

/**
 * One alternative: every scheme in it must accept the request (OpenAPI 3.1 §4.8.30).
 *
 * @example
 * ```ts
 * import type { Requirement } from '@countersign/verifier/express'
 *
 * const alternatives: Requirement[] = [{ token: ['orders:read'] }, { key: [] }]
 * ```
 */
export type Requirement = Readonly<Record<string, readonly string[]>>

/** A request that express-openapi-validator passes to a security handler. */
export interface SecuredRequest extends NodeRequest {
  readonly res?: NodeResponse | undefined
  readonly openapi?: object | undefined
}

/**
 * The function that express-openapi-validator calls for each security scheme of a requirement.
 *
 * @example
 * ```ts
 * import type { SecurityHandler } from '@countersign/verifier/express'
 *
 * const isLocal: SecurityHandler = async (request) => request.headers.host === 'localhost'
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: the framework's request is wider than what is read of it.
export type SecurityHandler = (request: any, scopes: string[], scheme?: any) => Promise<boolean>

const refusals = new WeakMap<object, VerificationError>()

/** The refusal of a request by a security handler. */
export const refusalFor = (request: object): VerificationError | undefined => refusals.get(request)

type Outcome = { readonly verified: Verified } | { readonly refusal: VerificationError }

/**
 * Security handlers for express-openapi-validator: one for each scheme of the contract that takes a Bearer token
 * (`http` `bearer`, `oauth2`, `openIdConnect`). The scopes are those of the operation's `security`, or of the
 * contract's. Of several requirements one suffices; an empty list of scopes requires a valid token alone.
 *
 * The validator calls no handler if a token is missing for a scheme `http` `bearer`, and makes a 500 of a 503:
 * `challenges` repairs both.
 *
 * @param contract The OpenAPI document.
 * @throws TypeError if no scheme takes a Bearer token.
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { type SecuredContract, securityHandlers } from '@countersign/verifier/express'
 *
 * const options = (verifier: Verifier, apiSpec: SecuredContract) => ({
 *   apiSpec,
 *   validateSecurity: { handlers: securityHandlers(verifier, apiSpec) },
 * })
 * ```
 */
export function securityHandlers(verifier: Verifier, contract: SecuredContract): Record<string, SecurityHandler> {
  const schemes = Object.entries(contract.components?.securitySchemes ?? {})
    .filter(([, scheme]) => takesBearer(scheme))
    .map(([name]) => name)
  if (schemes.length === 0) throw new TypeError('the contract has no security scheme that takes a Bearer token')
  const outcomes = new WeakMap<object, Promise<Outcome>>()
  const outcomeOf = (request: SecuredRequest): Promise<Outcome> => {
    const known = outcomes.get(request)
    if (known) return known
    const outcome = admit(verifier, presentationOfNode(request), {}).then(
      (verified) => ({ verified }),
      (error: unknown) => {
        if (error instanceof VerificationError) return { refusal: error }
        throw error
      },
    )
    outcomes.set(request, outcome)
    return outcome
  }
  const handle: SecurityHandler = async (request: SecuredRequest, scopes) => {
    const required = readScopes(scopes)
    const outcome = await outcomeOf(request)
    const hasAll = (names: readonly string[]) =>
      'verified' in outcome && names.every((name) => outcome.verified.scope.includes(name))
    if ('verified' in outcome && hasAll(required)) {
      remember(request, outcome.verified)
      Object.assign(request, { auth: outcome.verified })
      return true
    }
    const refusal =
      'refusal' in outcome
        ? outcome.refusal
        : new VerificationError('scope_insufficient', { metadataUrl: verifier.metadata.url, scope: required })
    // The validator keeps the status and the message of an error, but not its headers. Where another requirement accepts
    // the request, there is no challenge.
    const passes = requirementsOf(request, contract).some((requirement) =>
      Object.entries(requirement).every(([name, names]) => schemes.includes(name) && hasAll(names)),
    )
    if (!passes) refusals.set(request, refusal)
    if (!passes && request.res) setChallenge(request.res, refusal)
    throw refusal
  }
  return Object.fromEntries(schemes.map((name) => [name, handle]))
}

/** Sets the headers that belong to a refusal whatever its body is. */
export function setChallenge(response: NodeResponse, { headers }: VerificationError): void {
  for (const name of ['www-authenticate', 'retry-after', 'cache-control']) {
    const value = headers[name]
    if (value !== undefined) response.setHeader(name, value)
  }
}

function takesBearer(scheme: object): boolean {
  const { type, scheme: name = '' } = scheme as { readonly type?: string; readonly scheme?: string }
  return type === 'oauth2' || type === 'openIdConnect' || (type === 'http' && name.toLowerCase() === 'bearer')
}

function requirementsOf({ openapi }: SecuredRequest, contract: SecuredContract): readonly Requirement[] {
  const operation = (openapi as { readonly schema?: SecuredContract } | undefined)?.schema
  return operation?.security ?? contract.security ?? []
}
