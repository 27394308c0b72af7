import type { Client } from '../model/principals/client.ts'

/** A registered client with the defaults, except for what is given. */
export const testClient = (given: Partial<Client> = {}): Client => ({
  id: 'robot',
  name: 'robot',
  type: undefined,
  role: 'viewer',
  audience: [],
  scope: ['read', 'write'],
  apis: [],
  tokenForm: 'jwt',
  accessLifetimeSeconds: undefined,
  reuseLeewaySeconds: 0,
  createdAt: 0,
  disabledAt: undefined,
  epoch: 0,
  ...given,
})
