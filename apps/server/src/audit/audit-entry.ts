import type { AuditEntry } from '@countersign/core'

/** An audit entry as it is listed and exported. Absent members are left out. */
export const listedEvent = ({ authorizationId, clientId, requestId, detail, ...event }: AuditEntry) => ({
  sequence: event.sequence,
  at: event.at,
  action: event.action,
  ...(event.actor ? { actor: event.actor } : {}),
  ...(event.subject ? { subject: event.subject } : {}),
  ...(authorizationId === undefined ? {} : { authorization_id: authorizationId }),
  ...(clientId === undefined ? {} : { client_id: clientId }),
  ...(event.dialect === undefined ? {} : { dialect: event.dialect }),
  ...(event.address === undefined ? {} : { address: event.address }),
  ...(requestId === undefined ? {} : { request_id: requestId }),
  detail: { ...detail },
})
