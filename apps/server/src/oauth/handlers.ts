// The folder oauth/ handles the OAuth endpoints, whose wire is fixed by RFCs 6749, 7009, 7517, 7662 and 8414. It must
// not know the native API or dialects.
import { hash } from 'node:crypto'
import {
  AuthError,
  type Client,
  type Domain,
  firstPartyClientId,
  keysCacheSeconds,
  nativeSessionPolicy,
  type UseCases,
} from '@countersign/core'
import type { Input, OauthHandlers } from '../generated/index.ts'
import type { Context, PresentedClient } from '../pipeline/context.ts'
import { metadata, tokenExchangeGrant } from './metadata.ts'
import { exchangeResponse, introspectionResponse, tokenResponse } from './wire.ts'

/** Requires a client with a secret: the public client may not introspect (RFC 7662 §2.1, N-113). */
function registered(client: PresentedClient): Client {
  if (client.kind === 'public') throw new AuthError('client_authentication_failed')
  return client.client
}

const idOf = (client: PresentedClient): string => (client.kind === 'public' ? client.clientId : client.client.id)

/** The sessions that a client may refresh: for the public first-party client, native sessions. */
const refreshedBy = (client: PresentedClient) =>
  client.kind === 'public'
    ? { clientId: firstPartyClientId, dialect: nativeSessionPolicy.dialect }
    : { clientId: client.client.id, dialect: 'oauth' }

export function oauthHandlers(authority: {
  readonly useCases: Pick<UseCases, 'clientCredentials' | 'refresh' | 'tokenExchange' | 'introspect' | 'revocation'>
  readonly domain: Pick<Domain, 'keys' | 'clock' | 'issuer' | 'policy'>
}): OauthHandlers<Context> {
  const { useCases, domain } = authority

  async function issue({ body, headers }: Input<'issueToken'>, { client, by, requireOriginAt: admit }: Context) {
    const resources = [body.resource ?? [], body.audience ?? []].flat()
    switch (body.grant_type) {
      case 'client_credentials': {
        if (client.kind === 'public') throw new AuthError('client_authentication_failed')
        return useCases.clientCredentials.issue({ client: client.client, scope: body.scope, resources }, by)
      }
      case 'refresh_token': {
        // The contract requires it.
        const { refresh_token: refreshToken = '' } = body
        const retryKey = headers['idempotency-key']
        const request = { refreshToken, retryKey, scope: body.scope, resources, by: refreshedBy(client), admit }
        return useCases.refresh.exchange(request, by)
      }
      case tokenExchangeGrant: {
        const { subject_token: subjectToken = '', actor_token: actorToken, scope } = body
        const registeredClient = client.kind === 'public' ? undefined : client.client
        const request = { subjectToken, actorToken, client: registeredClient, resources, scope }
        return useCases.tokenExchange.exchange(request, by)
      }
      default:
        throw new AuthError('grant_type_unsupported')
    }
  }

  return {
    async issueToken(input, context) {
      const set = await issue(input, context)
      const isExchange = input.body.grant_type === tokenExchangeGrant
      return { status: 200, body: isExchange ? exchangeResponse(set) : tokenResponse(set) }
    },

    async introspectToken({ body }, { client, by }) {
      const found = await useCases.introspect.inspect(body.token, registered(client), by)
      return { status: 200, body: introspectionResponse(found, domain.issuer) }
    },

    async revokeToken({ body }, { client, by }) {
      await useCases.revocation.revokeToken({ token: body.token, clientId: idOf(client) }, by)
      return { status: 200 }
    },

    showAuthorizationServerMetadata() {
      return {
        status: 200,
        body: metadata(domain.issuer, domain.policy),
        headers: { 'Cache-Control': 'public, max-age=300' },
      }
    },

    listSigningKeys({ headers }) {
      const keys = domain.keys().published(domain.clock.latest())
      const etag = `"${hash('sha256', keys.map((key) => key.kid).join(' '), 'base64url').slice(0, 22)}"`
      const shared = { ETag: etag, 'Cache-Control': `public, max-age=${keysCacheSeconds}` }
      if (headers['if-none-match'] === etag) return { status: 304, headers: shared }
      return { status: 200, body: { keys: keys.map((key) => ({ ...key })) } as never, headers: shared }
    },
  }
}
