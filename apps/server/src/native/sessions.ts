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
  type UseCases,
} from '@countersign/core'
import type { SessionsHandlers } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import { clearSessionCookie, serializeSessionCookie } from '../http/parse/cookie.ts'
import type { Context } from '../pipeline/context.ts'
import { shownSecrets } from '../pipeline/proof.ts'
import { incompleteLogin, sessionTokens } from './wire/wire.ts'

const noneChosen = () =>
  new RequestError('request_invalid', 'Exactly one of `others` and `everybody` must be `true`.', {
    errors: [{ pointer: '/query/others', detail: 'must be true if everybody is not, and absent or false otherwise' }],
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

  return {
    async createSession({ body }, { by, cookie: old, isCrossOrigin }) {
      const given = { username: body.username, ...shownSecrets(body) }
      const { incomplete, ...who } = await useCases.login.begin(given, by)
      if (incomplete) {
        const set = await useCases.sessions.openIncomplete({ who, kind: incomplete }, by)
        return { status: 201, body: incompleteLogin(set, incomplete) }
      }
      const keptInCookie = body.cookie === true && !isCrossOrigin
      const policy = nativeSession(domain.policy, { cookie: keptInCookie })
      const ending = keptInCookie && old !== undefined ? await sessionOf(old, by) : undefined
      const set = await useCases.sessions.open({ who, policy, ending, target: targetOf(body) }, by)
      if (!keptInCookie) return { status: 201, body: sessionTokens(set) }
      const cookie = useCases.accessTokens.issueCookie(set.authorization.id).reveal()
      const lifetimeSeconds = set.refreshExpiresInSeconds ?? 0
      return {
        status: 201,
        body: sessionTokens(set),
        headers: { 'Set-Cookie': serializeSessionCookie(cookie, lifetimeSeconds) },
      }
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
