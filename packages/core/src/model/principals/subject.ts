/** Who an Authorization speaks for: a user or a registered client (RFC 7519 §4.1.2 `sub`). */
export interface Subject {
  readonly kind: 'user' | 'client'
  readonly id: string
}

export const sameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && a.id === b.id
