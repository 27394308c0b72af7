import type { ApiChange, Domain, UseCases } from '@countersign/core'
import type { ApisHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { type GivenApi, givenTerms, listedApi } from './wire/apis-wire.ts'
import { Cursors } from './wire/cursor.ts'

const defaultPage = 50
const list = 'apis'

/** The APIs that tokens are meant for, for the owner. */
export function apiHandlers({
  useCases: { apis },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'apis'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
}): ApisHandlers<Context> {
  const cursors = new Cursors(domain)
  return {
    async listApis({ query }) {
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor)
      const page = await apis.list({ limit: query.limit ?? defaultPage, after })
      return {
        status: 200,
        body: {
          apis: page.apis.map(listedApi),
          next_cursor: page.next === undefined ? null : cursors.write(list, page.next),
        },
      }
    },

    async createApi({ body }, { by, proven }) {
      const { identifier, name } = body
      const made = await apis.create({ ...givenTerms(body as GivenApi), identifier, name }, by, proven)
      return { status: 201, body: listedApi(made) }
    },

    async showApi({ params }) {
      return { status: 200, body: listedApi(await apis.get(params.id)) }
    },

    async changeApi({ params, body }, { by, proven }) {
      const change: ApiChange = givenTerms(body as GivenApi)
      return { status: 200, body: listedApi(await apis.change({ id: params.id, ...change }, by, proven)) }
    },

    async deleteApi({ params }, { by, proven }) {
      await apis.remove(params.id, by, proven)
      return { status: 204 }
    },
  }
}
