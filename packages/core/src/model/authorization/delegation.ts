import type { Authorization } from './authorization.ts'

/**
 * Whether a client acts for a user with this session: it was given through a registered client, or through a built-in
 * one whose sessions clients keep. The user is absent: such a session creates and changes no credential, and ends itself
 * alone.
 */
export const isDelegated = (
  { kind, subject, clientId, clientEpoch }: Authorization,
  { delegateClientIds }: { readonly delegateClientIds: ReadonlySet<string> },
): boolean =>
  kind === 'session' && subject.kind === 'user' && (clientEpoch !== undefined || delegateClientIds.has(clientId))
