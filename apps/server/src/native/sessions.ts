import { AuthError, firstPartyClientId, nativeSessionPolicy } from '@countersign/core'
import type { Authority } from '../authority.ts'
import type { SessionsHandlers } from '../generated/index.ts'
import { clearSessionCookie, serializeSessionCookie } from '../http/cookie.ts'
import { RequestError } from '../http/errors.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { sessionTokens } from './wire.ts'

const nothingShown = () =>
  new RequestError('request_invalid', 'The request does not match the contract.', {
    errors: [{ pointer: '/body/password', detail: 'is required where nothing else is shown' }],
  })

/** First-party logins (RFC 9700 §2.4: not an OAuth grant). */
export function sessionHandlers({
  useCases,
  domain,
}: Pick<Authority, 'useCases' | 'domain'>): SessionsHandlers<Context> {
  return {
    async createSession({ body }, { circumstances }) {
      const shown = shownSecrets(body)
      if (!Object.values(shown).some((secret) => secret !== undefined)) throw nothingShown()
      const who = await useCases.login.authenticate({ username: body.username, ...shown }, circumstances)
      const set = await useCases.sessions.open(who, nativeSessionPolicy, circumstances)
      if (!body.cookie) return { status: 201, body: sessionTokens(set) }
      const cookie = useCases.accessTokens.issueCookie(set.authorization.id).reveal()
      const lifetimeSeconds = set.refreshExpiresInSeconds ?? 0
      return {
        status: 201,
        body: sessionTokens(set),
        headers: { 'Set-Cookie': serializeSessionCookie(cookie, lifetimeSeconds) },
      }
    },

    async refreshSession({ body, headers }, { circumstances }) {
      const request = {
        refreshToken: body.refresh_token,
        retryKey: headers['idempotency-key'],
        by: { clientId: firstPartyClientId, dialect: nativeSessionPolicy.dialect },
      }
      return { status: 200, body: sessionTokens(await useCases.refresh.exchange(request, circumstances)) }
    },

    showSession(_input, { access }) {
      const { authorization, expiresAt } = access
      const now = domain.clock.now()
      if (authorization.expiresAt === undefined) throw new AuthError('access_denied')
      return {
        status: 200,
        body: {
          id: authorization.id,
          client_id: authorization.clientId,
          dialect: authorization.dialect,
          role: access.role,
          scope: access.scope.join(' '),
          audience: [...access.audience],
          factors: [...authorization.factors],
          auth_time: authorization.authenticatedAt,
          created_at: authorization.createdAt,
          expires_in: Math.max(0, (expiresAt ?? authorization.expiresAt) - now),
          refresh_expires_in: Math.max(0, authorization.expiresAt - now),
        },
      }
    },

    async endSession(_input, { access, circumstances }) {
      const { authorization } = access
      await useCases.revocation.revoke(authorization, authorization.subject, circumstances)
      return {
        status: 204,
        headers: { 'Set-Cookie': clearSessionCookie(), 'Clear-Site-Data': '"cache", "cookies", "storage"' },
      }
    },
  }
}
