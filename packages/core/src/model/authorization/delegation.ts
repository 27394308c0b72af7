import type { Authorization } from './authorization.ts'

/**
 * Whether a machine acts for a person with this session: it was given through a registered client, or through a built-in
 * one whose sessions machines keep. The person is not there: such a session makes and changes no way in, and ends itself
 * alone.
 */
export const isDelegated = (
  { kind, subject, clientId, clientEpoch }: Authorization,
  { delegateClientIds }: { readonly delegateClientIds: ReadonlySet<string> },
): boolean =>
  kind === 'session' && subject.kind === 'user' && (clientEpoch !== undefined || delegateClientIds.has(clientId))
