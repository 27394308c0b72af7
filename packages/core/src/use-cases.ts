import { AccessTokens } from './access/access-tokens.ts'
import { Introspect } from './access/introspection.ts'
import { Revocation } from './access/revocation.ts'
import { RevocationFeedReading } from './access/revocation-feed.ts'
import { AdjustableSettings } from './admin/adjustable-settings.ts'
import { Apis } from './admin/apis.ts'
import { Audit } from './admin/audit.ts'
import { Clients } from './admin/clients.ts'
import { Installation } from './admin/installation.ts'
import { KeyRotation } from './admin/key-rotation.ts'
import { Names } from './admin/names.ts'
import { Users } from './admin/users.ts'
import { ClientAuthentication } from './authentication/client-authentication.ts'
import { FactorCheck } from './authentication/factor-check.ts'
import { Login } from './authentication/login.ts'
import { OwnAccount } from './authentication/own-account.ts'
import { RequiredFactors } from './authentication/required-factors.ts'
import { StepUp } from './authentication/step-up.ts'
import type { Domain } from './domain/domain.ts'
import { ClientCredentials } from './grants/client-credentials.ts'
import { FixedTokens } from './grants/fixed-tokens.ts'
import { PersonalTokens } from './grants/personal-tokens.ts'
import { Refresh } from './grants/refresh.ts'
import { Sessions } from './grants/sessions.ts'
import { TokenExchange } from './grants/token-exchange.ts'
import { Throttle } from './throttle/throttle.ts'
import { TotpEnrolment } from './totp/enrolment.ts'
import { RecoveryCodes } from './totp/recovery-codes.ts'

/**
 * The use cases, wired once. A method that writes or counts anything takes `(input, by: Caller)`; a query takes its parameters.
 */
export interface UseCases extends ReturnType<typeof createUseCases> {}

export function createUseCases(domain: Domain) {
  const accessTokens = new AccessTokens(domain)
  const throttle = new Throttle(domain)
  const deps = { ...domain, accessTokens }
  const totp = new TotpEnrolment(domain)
  const recoveryCodes = new RecoveryCodes(domain)
  const factors = new FactorCheck({ ...domain, totp, recoveryCodes })
  const required = new RequiredFactors({ ...domain, totp })
  const stepUp = new StepUp({ ...domain, factors, required }, throttle)
  return {
    accessTokens,
    clientAuthentication: new ClientAuthentication(domain, throttle),
    sessions: new Sessions(deps),
    refresh: new Refresh(deps),
    clientCredentials: new ClientCredentials(deps),
    introspect: new Introspect(deps),
    revocation: new Revocation(deps),
    revocationFeed: new RevocationFeedReading(domain),
    login: new Login({ ...domain, factors, required }, throttle),
    stepUp,
    me: new OwnAccount({ ...domain, stepUp, totp, recoveryCodes }),
    totp,
    recoveryCodes,
    users: new Users({ ...domain, totp }),
    names: new Names(domain),
    clients: new Clients(domain),
    apis: new Apis(domain),
    tokenExchange: new TokenExchange(deps),
    keys: new KeyRotation(domain),
    settings: new AdjustableSettings(domain),
    audit: new Audit(domain),
    installation: new Installation(domain),
    fixedTokens: new FixedTokens(deps),
    personalTokens: new PersonalTokens(domain),
    /** What the throttle has counted in this process. */
    guesses: throttle.meter,
  } as const
}
