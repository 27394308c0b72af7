/** A cryptographically secure source of random bytes. */
export interface Random {
  bytes(count: number): Uint8Array
}
