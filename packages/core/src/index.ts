/** The auth domain: grants, Authorizations, tokens. It knows no HTTP, SQL or process; time and randomness come through ports. */
export type * from './access/access.ts'
export type { AccessTokens, IssuedAccess } from './access/access-tokens.ts'
export type { IntrospectedUse, Introspection } from './access/introspection.ts'
export type { ShownAuthorization } from './access/revocation.ts'
export type { FeedPage, FeedView, RevocationFeedReading } from './access/revocation-feed.ts'
export type { NewApi } from './admin/apis.ts'
export { Audit } from './admin/audit.ts'
export type { CredentialOf } from './admin/clients.ts'
export { Installation, type IssuerChange } from './admin/installation.ts'
export {
  KeyNumbersError,
  KeyRotation,
  type KeyRotationDeps,
  keysCacheSeconds,
  publishBeforeUseSeconds,
} from './admin/key-rotation.ts'
export type { IssuedCredential, NewClient, WantedApi } from './admin/new-client.ts'
export type { NewCredentials, ResetUser } from './admin/new-credentials.ts'
export type { NewUser } from './admin/new-user.ts'
export { type Resealing, resealing } from './admin/resealing.ts'
export type { ChangesOfUser } from './admin/users.ts'
export type { ShownSecrets } from './authentication/factor-check.ts'
export type { AuthenticatedUser, BegunLogin } from './authentication/login.ts'
export { Login, type ShownFactors } from './authentication/login.ts'
export { mustChangeWithinSeconds } from './authentication/must-change.ts'
export {
  type PasswordFault,
  requireAcceptablePassword,
  shortestPasswordAlone,
  shortestPasswordBesideTotp,
} from './authentication/password-rules.ts'
export { requiredOf, suffices } from './authentication/required-factors.ts'
export { recentLoginSeconds, type StepUp } from './authentication/step-up.ts'
export type { Domain } from './domain/domain.ts'
export { longestPasswordBytes, Passwords } from './domain/passwords.ts'
export { conditionOn, type ProvenUser, written } from './domain/proof.ts'
export { UsageMeter } from './domain/usage-meter.ts'
export type { FixedTokenRequest } from './grants/fixed-tokens.ts'
export type { PersonalToken, PersonalTokenRequest } from './grants/personal-tokens.ts'
export type { Grace, RefreshedBy, RefreshRequest } from './grants/refresh.ts'
export {
  firstPartyClientId,
  nativeSession,
  nativeSessionPolicy,
  type SessionPolicy,
  throughClient,
} from './grants/session-policy.ts'
export type { TokenExchangeRequest } from './grants/token-exchange.ts'
export type { TokenSet } from './grants/token-set.ts'
export { type KeyRetention, KeyRing, type KeyState } from './keys/key-ring.ts'
export { fewestRotationDays, type KeySchedule, mostScheduledSets, nextRotationAt } from './keys/key-schedule.ts'
export { type KeySet, makeKeySet, openKeySet, type PublicJwk } from './keys/key-set.ts'
export { openHash, passwordPepper, sealHash } from './keys/password-pepper.ts'
export { type MasterKey, SealError, seal, unseal } from './keys/sealing.ts'
export { endsSoon, signingKeyTermSeconds, type Term } from './keys/term.ts'
export {
  type Api,
  type ApiChange,
  type ApiScope,
  type ApiTerms,
  type ApiTokenType,
  apiLifetimeBounds,
  changedApi,
  isAllowedOrigin,
  isApiIdentifier,
  issuerApi,
  issuerApiId,
  scopesFor,
} from './model/api.ts'
export type { AuditAction, AuditEvent, Tally } from './model/audit-event.ts'
export { type ActiveRecord, effectiveRole, idleEndOf, isActive, lastActiveAt } from './model/authorization/activity.ts'
export type * from './model/authorization/authorization.ts'
export { grantAt, isIncomplete } from './model/authorization/authorization.ts'
export { isDelegated } from './model/authorization/delegation.ts'
export { idBytes, isId, newId } from './model/authorization/id.ts'
export { newAuthorization } from './model/authorization/new-authorization.ts'
export { type Caller, callerOf, localCaller, type SessionCaller } from './model/caller.ts'
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorFacts,
  authErrorCodes,
  authErrorKind,
  type ErrorKind,
} from './model/errors.ts'
export { pagesOf } from './model/pages.ts'
export { defaultPolicy, type Policy } from './model/policy.ts'
export type * from './model/principals/client.ts'
export { isClientName } from './model/principals/client-name.ts'
export { atLeast, type ClientRole, isRole, lowerRole, type Role, roles } from './model/principals/role.ts'
export { type Subject, sameSubject } from './model/principals/subject.ts'
export type * from './model/principals/user.ts'
export { isCodeOnly } from './model/principals/user.ts'
export type { RequestContext } from './model/request-context.ts'

export { defaultScope, feedScope, narrowScope, readScope } from './model/scope.ts'
export { canonicalUsername, longestUsernameBytes, requireUsername, type UsernameForms } from './model/username.ts'
export type * from './ports/store/apis.ts'
export type * from './ports/store/audit.ts'
export { auditBeginning, tallySeconds } from './ports/store/audit.ts'
export type * from './ports/store/authorizations.ts'
export type * from './ports/store/clients.ts'
export type * from './ports/store/condition.ts'
export type * from './ports/store/counters.ts'
export type * from './ports/store/factors.ts'
export type * from './ports/store/keys.ts'
export type * from './ports/store/marks.ts'
export type * from './ports/store/revocations.ts'
export {
  issuingSeconds,
  longestAccessSeconds,
  longestApiAccessSeconds,
  mostLeewaySeconds,
} from './ports/store/revocations.ts'
export type * from './ports/store/settings.ts'
export type * from './ports/store/store.ts'
export { StoreError } from './ports/store/store.ts'
export type * from './ports/store/usage.ts'
export type * from './ports/store/users.ts'
export type * from './ports/system/clock.ts'
export type * from './ports/system/password-hasher.ts'
export type * from './ports/system/random.ts'
export { opaqueString } from './precis/opaque-string.ts'
export { addressPrefix } from './throttle/address-prefix.ts'
export { limits as throttleLimits } from './throttle/backoff.ts'
export { GuessMeter, type RefusalReason } from './throttle/guess-meter.ts'
export type { GuessLimit } from './throttle/reservation.ts'
export type { UnlockTerms } from './throttle/unlocking.ts'
export { digest, digestText, sameBytes } from './tokens/digest.ts'
export { machineTokenId, readMachineToken, writeHexToken, writeMachineToken } from './tokens/opaque-token.ts'
export { PlainToken } from './tokens/plain-token.ts'
export { looksLikeSecret, maskSecret, newSecret, type SecretKind } from './tokens/secret-token.ts'
export { parseCompact } from './tokens/signed-token.ts'
export { type SpentCode, TotpEnrolment, type TotpState, totpFailureCap } from './totp/enrolment.ts'
export { recoveryCodeCount } from './totp/recovery-codes.ts'
export {
  base32,
  latestTotpStep,
  matchingStep,
  otpauthUri,
  totpCode,
  totpSecretBytes,
  totpStepSeconds,
} from './totp/totp.ts'
export { createUseCases, type UseCases } from './use-cases.ts'
