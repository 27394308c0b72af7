import type { Circumstances, Domain } from '../domain/domain.ts'
import type { AuditEvent } from '../ports/store/audit.ts'
import type { Authorization } from './authorization/authorization.ts'

/** An event under these circumstances, dated now. */
export const auditEvent = (
  event: Omit<AuditEvent, 'at' | 'address' | 'requestId'>,
  circumstances: Circumstances,
  deps: Pick<Domain, 'clock'>,
): AuditEvent => ({
  ...event,
  at: deps.clock.now(),
  address: circumstances.address,
  requestId: circumstances.requestId,
})

/** What every event about an Authorization says of it. */
export const about = (
  authorization: Authorization,
): Pick<AuditEvent, 'subject' | 'authorizationId' | 'clientId' | 'dialect'> => ({
  subject: authorization.subject,
  authorizationId: authorization.id,
  clientId: authorization.clientId,
  dialect: authorization.dialect,
})
