/** What must hold after every crash. *Acknowledged* is what the client was answered with a whole 2xx. */
export const invariants = {
  W1: 'every acknowledged token works',
  W2: 'every acknowledged revocation stays',
  W3: 'what was not answered is wholly done or wholly not',
  W4: 'no authorization has two live refresh tokens',
  W5: 'the database is sound',
  answers: 'a server that runs answers as the contract says',
} as const

export type Invariant = keyof typeof invariants
