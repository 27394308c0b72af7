import { api, event, session } from '../scenario/fixtures.ts'
import { audit, deletes, entry, inserts, type Transition, updates } from './transition.ts'

const created = event('authorization_created')

/** Those of APIs, and of what clients may ask for. */
export const apiTransitions: readonly Transition[] = [
  {
    name: 'the change of what a client may ask for',
    act: (store) => store.clients.change('client-1', { targets: { scope: [], apis: [] } }, event('client_changed')),
    writes: [updates('clients'), entry, audit],
  },
  {
    name: 'a new API',
    act: (store) => store.apis.create(api(2), event('api_created')),
    writes: [inserts('apis'), audit],
  },
  {
    name: 'the change of an API',
    prepare: (store) => store.apis.create(api(1), event('api_created')),
    act: (store) => store.apis.change('api-1', { name: 'Other' }, event('api_changed')),
    writes: [updates('apis'), audit],
  },
  {
    name: 'the change of the scopes of an API',
    prepare: (store) => store.apis.create(api(1), event('api_created')),
    act: (store) => store.apis.change('api-1', { scopes: [] }, event('api_changed')),
    writes: [updates('apis'), updates('marks'), entry, audit],
  },
  {
    name: 'the removal of an API',
    prepare: async (store) => {
      await store.apis.create(api(1), event('api_created'))
      const apis = [{ id: 'api-1', identifier: api(1).identifier, scope: [] }]
      await store.authorizations.create(session(9, { audience: [api(1).identifier], apis }), created)
    },
    act: (store) => store.apis.remove('api-1', event('api_deleted')),
    writes: [deletes('apis'), updates('authorizations'), entry, audit],
  },
]
