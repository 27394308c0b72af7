import type { Access } from '@countersign/core'

/**
 * The headers that tell a proxy whose request it is. All are always present: otherwise a proxy that copies them could pass
 * on one that its client sent. Printable ASCII alone, which every proxy and application reads alike.
 */
export const identityHeaders = ({ kind, authorization, subject, role, scope, clientId }: Access) => ({
  'X-Countersign-Subject': authorization.subject.id,
  'X-Countersign-Kind': kind as 'session' | 'machine' | 'personal',
  // A client may be named like a user.
  'X-Countersign-Username': authorization.subject.kind === 'user' ? headerText(subject.name) : '',
  'X-Countersign-Role': role,
  'X-Countersign-Scope': scope.join(' '),
  'X-Countersign-Client': headerText(clientId),
})

/**
 * A text as a header's value: percent-encoded UTF-8, but for printable ASCII. Percent-encoded are also `%` itself, and what
 * lists, parameters and quoted strings are made of (RFC 9110 §5.6).
 */
export const headerText = (text: string): string =>
  text.replace(/[^ -~]+|[%",;\\]/gu, (part) => {
    const hex = [...Buffer.from(part)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    return `%${hex.join('%')}`
  })
