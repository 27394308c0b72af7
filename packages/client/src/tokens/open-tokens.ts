// Tokens of any source: the folder tokens/ owns which token goes where, and what listeners are told. It must not know how
// a token is obtained.
import type { Advisory } from '../session/advisory.ts'
import { endSession } from '../session/end-session.ts'
import { connect, type Presentation, type Target } from '../session/token-source.ts'
import { authorizationServer } from '../transport/authorization-server.ts'
import { parseBaseUrl } from '../transport/base-url.ts'
import { systemClock, systemRandom } from '../transport/clock.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import { tellingRefusedOrigin } from '../transport/refused-origin.ts'
import { untilAborted } from '../transport/single-flight.ts'
import type { Token } from '../transport/token.ts'
import { requirePositive, runtimeFetch } from '../transport/transport.ts'
import { destinations } from './destinations.ts'
import { createListeners } from './events.ts'
import { observedServer, observer } from './observed.ts'
import { tokenFetch } from './token-fetch.ts'
import type { Tokens, TokensOptions } from './tokens.ts'

export interface OpenOptions extends TokensOptions {
  /** Whether a session is ended at the revocation endpoint (RFC 7009). */
  readonly revokes: boolean
}

/** As `createTokens`. */
export function openTokens(options: OpenOptions): Tokens {
  const { retryWindowSeconds, fetch = runtimeFetch } = options
  const { auth, scope, store, revokes, clock = systemClock, random = systemRandom, allowInsecureHttp = false } = options
  requirePositive({ retryWindowSeconds })
  const base = parseBaseUrl(options.issuer, allowInsecureHttp, 'issuer')
  const resources = options.resource === undefined ? undefined : [options.resource].flat()
  const [defaultApi = base.href] = resources ?? []
  const apiOf = destinations({ resources: resources ?? [base.href], origins: options.origins ?? [], allowInsecureHttp })

  const listeners = createListeners()
  const advise = (advisory: Advisory) => listeners.emit('advisory', advisory)
  const ports = { clock, random }
  const issuing = authorizationServer(base, tellingRefusedOrigin(base, fetch), ports, retryWindowSeconds)
  const server = { ...observedServer(issuing, advise), resources, scope, store, revokes, advise }
  const source = connect(auth, server)
  const { hasTargets = false } = source
  if (resources && !hasTargets && 'connect' in auth) throw new TypeError('This source has no tokens for a resource')
  const { observe, signedOut } = observer(listeners)

  const withTarget = ({ method, url }: Presentation, target: Target): Presentation => {
    const resource = target.resource === defaultApi ? undefined : target.resource
    const scope = target.scope === options.scope ? undefined : target.scope
    if (!hasTargets && (resource ?? scope) !== undefined) {
      throw new TypeError('This source has tokens for one API and scope only')
    }
    return { method, url, resource, scope }
  }
  const tokenFor = async (request: Presentation, target: Target, refused?: Token) => {
    const asked = withTarget(request, target)
    return observe(asked, () => (refused ? source.refused(refused, asked) : source.token(asked)))
  }
  const presented = {
    token: async (request: Presentation) => tokenFor(request, apiOf(request.url)),
    refused: async (token: Token, request: Presentation) => tokenFor(request, apiOf(request.url), token),
  }
  const signOut = async (): Promise<void> => {
    if (source.end) await source.end()
    else {
      const token = await source.token({ method: 'DELETE', url: base.href })
      if (token) await endSession(server, token)
    }
    signedOut()
  }
  return {
    ...presented,
    issuer: base.href,
    fetch: tokenFetch(presented, apiOf, fetch),
    get: async ({ signal, ...target } = {}) => {
      const ask = () => tokenFor({ method: 'GET', url: target.resource ?? defaultApi }, target)
      const token = await (signal ? untilAborted(ask, signal) : ask())
      if (!token) throw new SessionExpiredError()
      return token
    },
    on: listeners.on,
    signOut,
    end: signOut,
  }
}
