import { AuthError, firstPartyClientId, type RequestContext, type UseCases } from '@countersign/core'
import { RequestError } from '../http/errors.ts'
import type { RequestValue } from '../http/message.ts'
import { parseAuthorization } from '../http/parse/authorization-header.ts'
import type { PresentedClient } from './context.ts'

const twoMethods = () => new RequestError('request_invalid', 'The client uses more than one authentication method.')

export interface PresentedId {
  readonly id: string
  readonly secret: string | undefined
}

/**
 * Client authentication at the OAuth endpoints (RFC 6749 §2.3.1): Basic, or `client_id` and `client_secret` in the
 * form, never both. A `Bearer` header is ignored there.
 *
 * @throws AuthError `client_authentication_failed`, `throttled`. RequestError `request_invalid`.
 */
export async function authenticateClient(
  request: RequestValue,
  form: Readonly<Record<string, unknown>>,
  context: RequestContext,
  useCases: Pick<UseCases, 'clientAuthentication'>,
): Promise<PresentedClient> {
  const { id, secret } = readClient(request, form)
  if (secret !== undefined) {
    const { client } = await useCases.clientAuthentication.authenticate({ clientId: id, secret }, { context })
    return { kind: 'registered', client }
  }
  // The only public client has no secret; it authenticates with its client_id (RFC 6749 §2.1).
  if (id !== firstPartyClientId) throw new AuthError('client_authentication_failed')
  return { kind: 'public', clientId: id }
}

/**
 * Reads the presented id and secret without verifying them.
 *
 * @throws AuthError `client_authentication_failed` if there is no id. RequestError `request_invalid`.
 */
export function readClient(request: RequestValue, form: Readonly<Record<string, unknown>>): PresentedId {
  const basic = parseAuthorization(request.rawHeaders, { basic: 'oauth' })
  if (basic.kind === 'repeated') throw twoMethods()
  if (basic.kind === 'unreadable') throw new RequestError('request_invalid', 'The credential is malformed.')
  const id = text(form.client_id)
  const secret = text(form.client_secret)
  if (basic.kind !== 'basic') {
    if (id === undefined) throw new AuthError('client_authentication_failed')
    return { id, secret }
  }
  if (secret !== undefined || (id !== undefined && id !== basic.username)) throw twoMethods()
  return { id: basic.username, secret: basic.password === '' ? undefined : basic.password }
}

/** A parameter without a value counts as absent (RFC 6749 §3.1). */
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
