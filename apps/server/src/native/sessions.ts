// The folder native/ handles the native API: a handler turns a request into a use case's call, and its result into the
// response of `wire/`. It must not verify tokens (pipeline/) or know other protocols.
import {
  AuthError,
  type Authorization,
  type Caller,
  type Domain,
  firstPartyClientId,
  nativeSession,
  nativeSessionPolicy,
  type TokenSet,
  type UseCases,
} from '@countersign/core'
import type { SessionsHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import { clearSessionCookie, serializeSessionCookie } from '../http/parse/cookie.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { cookieLogin, incompleteLogin, sessionLifetime, sessionTokens } from './wire/wire.ts'

const noneChosen = () =>
  new RequestError('request_invalid', 'Exactly one of `others` and `everybody` must be `true`.', {
    errors: [{ pointer: '/query/others', detail: 'must be true if everybody is not, and absent or false otherwise' }],
  })

const nothingGiven = () =>
  new RequestError('request_invalid', 'A login without tokens needs the cookie.', {
    errors: [{ pointer: '/body/tokens', detail: 'may be `false` only if `cookie` is `true`' }],
  })

/** `resource` and `scope` of a body. */
const targetOf = ({
  resource,
  scope,
}: {
  readonly resource?: string | readonly string[]
  readonly scope?: string
}) => ({
  resources: typeof resource === 'string' ? [resource] : resource,
  scope,
})

/** First-party logins (RFC 9700 §2.4: not an OAuth grant). */
export function sessionHandlers({
  useCases,
  domain,
}: {
  readonly useCases: Pick<UseCases, 'accessTokens' | 'login' | 'refresh' | 'revocation' | 'sessions' | 'stepUp'>
  readonly domain: Pick<Domain, 'clock' | 'policy'>
}): SessionsHandlers<Context> {
  /** The session of a browser's cookie, or `undefined` if it is not active. */
  async function sessionOf(cookie: string, by: Caller): Promise<Authorization | undefined> {
    const check = await useCases.accessTokens.checkCookie(cookie, by)
    return check.outcome === 'active' ? check.access.authorization : undefined
  }

  const policyOf = (cookie: boolean) => nativeSession(domain.policy, { cookie })

  /** It lives as long as the Authorization. */
  function cookieOf(set: TokenSet): string {
    const cookie = useCases.accessTokens.issueCookie(set.authorization.id).reveal()
    return serializeSessionCookie(cookie, sessionLifetime(set))
  }

  return {
    async createSession({ body }, { by, cookie: old, isCrossOrigin }) {
      const { username, tokens = true, cookie = false } = body
      if (!tokens && !cookie) throw nothingGiven()
      if (!tokens && isCrossOrigin) throw new RequestError('origin_refused', 'A page on another origin gets no cookie.')
      const { incomplete, ...who } = await useCases.login.begin({ username, ...shownSecrets(body) }, by)
      const isInCookie = cookie && !isCrossOrigin && (!tokens || !incomplete)
      const ending = isInCookie && old !== undefined ? await sessionOf(old, by) : undefined
      const set = incomplete
        ? await useCases.sessions.openIncomplete({ who, kind: incomplete, ending }, by)
        : await useCases.sessions.open({ who, policy: policyOf(isInCookie), ending, target: targetOf(body) }, by)
      const headers = isInCookie ? { headers: { 'Set-Cookie': cookieOf(set) } } : {}
      if (!tokens) return { status: 201, body: cookieLogin(set, incomplete), ...headers }
      return { status: 201, body: incomplete ? incompleteLogin(set, incomplete) : sessionTokens(set), ...headers }
    },

    async endSessions({ query, body }, { access, session }) {
      const { others = false, everybody = false } = query
      if (others === everybody) throw noneChosen()
      if (others) {
        await useCases.revocation.endOtherSessions(session)
        return { status: 204 }
      }
      if (access.role !== 'owner') throw new AuthError('access_denied')
      const proof = await useCases.stepUp.require(shownSecrets(body ?? {}), session)
      await useCases.revocation.endEverybodysSessions(proof, session)
      return { status: 204 }
    },

    async refreshSession({ body, headers }, { by, requireOriginAt }) {
      const request = {
        refreshToken: body.refresh_token,
        retryKey: headers['idempotency-key'],
        by: { clientId: firstPartyClientId, dialect: nativeSessionPolicy.dialect },
        ...targetOf(body),
        admit: requireOriginAt,
      }
      return { status: 200, body: sessionTokens(await useCases.refresh.exchange(request, by)) }
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
          // This request counts as a use.
          ...(authorization.idleSeconds === undefined ? {} : { idle_expires_in: authorization.idleSeconds }),
        },
      }
    },

    async endSession(_input, { access, by, presented }) {
      await useCases.revocation.revoke(access.authorization, by)
      if (!presented.byCookie) return { status: 204 }
      // Clear-Site-Data cannot name a single cookie: "cookies" would delete those of the whole registrable domain,
      // including other hosts (Clear Site Data §3.1). The cache holds nothing of this server: every answer with data is
      // `no-store`.
      return { status: 204, headers: { 'Set-Cookie': clearSessionCookie(), 'Clear-Site-Data': '"storage"' } }
    },
  }
}
