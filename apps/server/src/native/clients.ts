import type { Domain, UseCases } from '@countersign/core'
import type { ClientsHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { listedClient, listedCredential, shownCredential, wantedApis } from './wire/clients-wire.ts'
import { Cursors } from './wire/cursor.ts'

const defaultPage = 50
const list = 'clients'

/** Registered clients, for the owner. */
export function clientHandlers({
  useCases: { clients },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'clients'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
}): ClientsHandlers<Context> {
  const cursors = new Cursors(domain)
  const credentialOf = ({ id, credentialId }: { readonly id: string; readonly credentialId: string }) => ({
    clientId: id,
    id: credentialId,
  })

  return {
    async listClients({ query }) {
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await clients.list({ limit: query.limit ?? defaultPage, after })
      return {
        status: 200,
        body: {
          clients: page.clients.map(listedClient),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async createClient({ body }, context) {
      const { name, role, audience } = body
      const apis = wantedApis(body.apis)
      const given = {
        name,
        role,
        audience,
        apis,
        tokenForm: body.token_form,
        reuseLeewaySeconds: body.reuse_leeway_seconds,
      }
      const made = await clients.create({ ...given, secretLifetimeSeconds: body.expires_in }, context.by)
      return { status: 201, body: { client: listedClient(made.client), credential: shownCredential(made) } }
    },

    async showClient({ params }) {
      return { status: 200, body: listedClient(await clients.get(params.id)) }
    },

    async changeClient({ params, body }, context) {
      const { apis, disabled } = body
      await clients.change({ id: params.id, apis: wantedApis(apis), disabled }, context.by)
      return { status: 200, body: listedClient(await clients.get(params.id)) }
    },

    async deleteClient({ params }, context) {
      await clients.remove(params.id, context.by)
      return { status: 204 }
    },

    async listClientCredentials({ params }) {
      const credentials = await clients.listCredentials(params.id)
      const latest = domain.clock.latest()
      return {
        status: 200,
        body: { credentials: credentials.map((credential) => listedCredential(credential, latest)) },
      }
    },

    async regenerateClientCredentials({ params, body }, context) {
      const made = await clients.replaceSecret({ clientId: params.id, expiresInSeconds: body?.expires_in }, context.by)
      return { status: 201, body: shownCredential(made) }
    },

    async changeClientCredential({ params, body }, context) {
      const changed = await clients.expireCredential(
        { ...credentialOf(params), expiresInSeconds: body.expires_in },
        context.by,
      )
      return { status: 200, body: listedCredential(changed, domain.clock.latest()) }
    },

    async revokeClientCredential({ params }, context) {
      await clients.revokeCredential(credentialOf(params), context.by)
      return { status: 204 }
    },
  }
}
