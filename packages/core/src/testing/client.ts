import type { Client } from '../model/principals/client.ts'

/** Registered software as it is by default, but for what is given. */
export const testClient = (given: Partial<Client> = {}): Client => ({
  id: 'robot',
  name: 'robot',
  type: undefined,
  role: 'viewer',
  audience: [],
  scope: ['read', 'write'],
  tokenForm: 'jwt',
  accessLifetimeSeconds: undefined,
  reuseLeewaySeconds: 0,
  createdAt: 0,
  disabledAt: undefined,
  epoch: 0,
  ...given,
})
