import { api, type Schema, send } from '../state/api.ts'
import { type List, pageSize, useList } from '../state/list.ts'

export type Api = Schema['Api']

export const apisKey = 'apis'

export const useApis = (): List<Api> =>
  useList([apisKey], async (cursor, signal) => {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/apis', { params: { query }, signal }))
    return { items: page.apis, next: page.next_cursor }
  })
