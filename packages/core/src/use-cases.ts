import { AccessTokens } from './access/access-tokens.ts'
import { Introspect } from './access/introspection.ts'
import { Revocation } from './access/revocation.ts'
import type { Domain } from './domain.ts'
import { ClientCredentials } from './grants/client-credentials.ts'
import { Refresh } from './grants/refresh.ts'
import { Sessions } from './grants/sessions.ts'
import { ClientAuthentication } from './principals/client-authentication.ts'
import { PasswordChange } from './principals/password-change.ts'
import { PasswordLogin } from './principals/password-login.ts'
import { Throttle } from './throttle/throttle.ts'

/** Everything that the domain does, wired once. */
export interface UseCases {
  readonly accessTokens: AccessTokens
  readonly passwordLogin: PasswordLogin
  readonly clientAuthentication: ClientAuthentication
  readonly sessions: Sessions
  readonly refresh: Refresh
  readonly clientCredentials: ClientCredentials
  readonly introspect: Introspect
  readonly revocation: Revocation
  readonly passwordChange: PasswordChange
}

export function createUseCases(domain: Domain): UseCases {
  const accessTokens = new AccessTokens(domain)
  const throttle = new Throttle(domain)
  const deps = { ...domain, accessTokens }
  return {
    accessTokens,
    passwordLogin: new PasswordLogin(domain, throttle),
    clientAuthentication: new ClientAuthentication(domain, throttle),
    sessions: new Sessions(deps),
    refresh: new Refresh(deps),
    clientCredentials: new ClientCredentials(deps),
    introspect: new Introspect(deps),
    revocation: new Revocation(deps),
    passwordChange: new PasswordChange(domain, throttle),
  }
}
