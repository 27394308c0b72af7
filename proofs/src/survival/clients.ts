/** What may happen to a client. */
import type { Client } from '@countersign/core'
import { type Issuer, owner, revokeAllKeys, type Told } from './issuer.ts'

export interface Robot {
  readonly issuer: Issuer
  readonly client: Client
  readonly credentialId: string
}

export const toClients: Readonly<
  Record<string, { readonly happens: (robot: Robot) => Promise<unknown>; readonly told: Told }>
> = {
  'its secret is revoked': {
    told: ['client it'],
    happens: ({ issuer, client, credentialId }) =>
      issuer.useCases.clients.revokeCredential({ clientId: client.id, id: credentialId }, owner),
  },
  'its secret expires': {
    told: [],
    happens: async ({ issuer, client, credentialId }) => {
      await issuer.useCases.clients.expireCredential(
        { clientId: client.id, id: credentialId, expiresInSeconds: 1 },
        owner,
      )
      issuer.clock.advance(2)
    },
  },
  'a new secret replaces the old': {
    told: ['client it'],
    happens: ({ issuer, client }) => issuer.useCases.clients.replaceSecret({ clientId: client.id }, owner),
  },
  'it is disabled, and enabled again': {
    told: ['client it'],
    happens: async ({ issuer, client }) => {
      await issuer.useCases.clients.disable(client.id, owner)
      await issuer.useCases.clients.enable(client.id, owner)
    },
  },
  'it is deleted': {
    told: ['client it'],
    happens: ({ issuer, client }) => issuer.useCases.clients.remove(client.id, owner),
  },
  'all key sets are revoked': { told: ['key'], happens: ({ issuer }) => revokeAllKeys(issuer) },
}
