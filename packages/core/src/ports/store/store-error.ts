/**
 * The only error a store rejects with.
 *
 * `unavailable`: it could not be done now (locked, full, unreadable): nothing was changed, a later try may succeed.
 * `conflict`: the data refused it (a constraint that no outcome of the port names). `cause` is private.
 */
export class StoreError extends Error {
  readonly kind: 'unavailable' | 'conflict'

  constructor(kind: 'unavailable' | 'conflict', cause: unknown) {
    super(`store ${kind}`, { cause })
    this.name = 'StoreError'
    this.kind = kind
  }
}
