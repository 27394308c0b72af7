import type { Subject } from '@countersign/core'
import type { Key } from '../engine/statement.ts'

const user = (id: string): Key => `user ${id}`
const client = (id: string): Key => `client ${id}`

/** What units must be alone on: the keys that `Engine.write` is given. */
export const aloneOn = {
  /** How a user gets in, and what they hold. */
  user,
  /** What a client holds. */
  client,
  subject: ({ kind, id }: Subject): Key => (kind === 'user' ? user(id) : client(id)),
  counter: (key: string): Key => `counter ${key}`,
  /** The order of creation, and which names look alike. */
  users: 'users',
  clients: 'clients',
  api: (id: string): Key => `api ${id}`,
  apis: 'apis',
  /** Which key set is the newest. */
  keySets: 'key sets',
  droplets: 'droplets',
  /** The places of both trails: readers go on from the last place, so none may appear before it. */
  trail: 'trail',
  /** How many tallies have no subject. */
  tallies: 'tallies',
  /** Which entries were exported or may be forgotten. */
  retention: 'retention',
  servedIssuer: 'served issuer',
  schema: 'schema',
} as const
