import { AccessTokens } from './access/access-tokens.ts'
import { Introspect } from './access/introspection.ts'
import { Revocation } from './access/revocation.ts'
import { AdjustableSettings } from './admin/adjustable-settings.ts'
import { Software } from './admin/clients.ts'
import { People } from './admin/users.ts'
import { ClientAuthentication } from './authentication/client-authentication.ts'
import { FactorCheck } from './authentication/factor-check.ts'
import { Login } from './authentication/login.ts'
import { PasswordChange } from './authentication/own-account.ts'
import { FreshProof } from './authentication/step-up.ts'
import type { Domain } from './domain/domain.ts'
import { ClientCredentials } from './grants/client-credentials.ts'
import { FixedTokens } from './grants/fixed-tokens.ts'
import { PersonalTokens } from './grants/personal-tokens.ts'
import { Refresh } from './grants/refresh.ts'
import { Sessions } from './grants/sessions.ts'
import type { GuessMeter } from './throttle/guess-meter.ts'
import { Throttle } from './throttle/throttle.ts'
import { TotpEnrolment } from './totp/enrolment.ts'

/** Everything that the domain does, wired once. */
export interface UseCases {
  readonly accessTokens: AccessTokens
  readonly clientAuthentication: ClientAuthentication
  readonly sessions: Sessions
  readonly refresh: Refresh
  readonly clientCredentials: ClientCredentials
  readonly introspect: Introspect
  readonly revocation: Revocation
  readonly passwordChange: PasswordChange
  readonly login: Login
  readonly freshProof: FreshProof
  readonly totp: TotpEnrolment
  readonly people: People
  readonly software: Software
  readonly settings: AdjustableSettings
  readonly fixedTokens: FixedTokens
  readonly personalTokens: PersonalTokens
  /** What the throttle has counted in this process, for whoever watches it. */
  readonly guesses: GuessMeter
}

export function createUseCases(domain: Domain): UseCases {
  const accessTokens = new AccessTokens(domain)
  const throttle = new Throttle(domain)
  const deps = { ...domain, accessTokens }
  const totp = new TotpEnrolment(domain)
  const factors = new FactorCheck({ ...domain, totp })
  const freshProof = new FreshProof({ ...domain, factors, totp }, throttle)
  return {
    accessTokens,
    clientAuthentication: new ClientAuthentication(domain, throttle),
    sessions: new Sessions(deps),
    refresh: new Refresh(deps),
    clientCredentials: new ClientCredentials(deps),
    introspect: new Introspect(deps),
    revocation: new Revocation(deps),
    passwordChange: new PasswordChange({ ...domain, freshProof }),
    login: new Login({ ...domain, factors, totp }, throttle),
    freshProof,
    totp,
    people: new People({ ...domain, totp }),
    software: new Software(domain),
    settings: new AdjustableSettings(domain),
    fixedTokens: new FixedTokens(deps),
    personalTokens: new PersonalTokens(domain),
    guesses: throttle.meter,
  }
}
