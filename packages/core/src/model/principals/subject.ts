/** Who an Authorization speaks for: a person or registered software (RFC 7519 §4.1.2 `sub`). */
export interface Subject {
  readonly kind: 'user' | 'client'
  readonly id: string
}

export const sameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && a.id === b.id
