import { api, type Schema, send } from '../../state/api.ts'
import { type List, pageSize, useList } from '../../state/list.ts'
import { queries } from '../../state/queries.ts'

export type DropletOf = Schema['Droplet']
export type Verb = 'start' | 'stop' | 'restart'

export const dropletsKey = 'droplets'
/** Others start and stop droplets too: what is shown is never older than this. */
export const liveMilliseconds = 5000

export const useDroplets = (): List<DropletOf> =>
  useList(
    [dropletsKey],
    async (cursor, signal) => {
      const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
      const page = await send(api.GET('/v1/droplets', { params: { query }, signal }))
      return { items: page.droplets, next: page.next_cursor }
    },
    { every: liveMilliseconds },
  )

const calls = {
  start: (droplet: string) => api.POST('/v1/droplets/{droplet}/start', { params: { path: { droplet } } }),
  stop: (droplet: string) => api.POST('/v1/droplets/{droplet}/stop', { params: { path: { droplet } } }),
  restart: (droplet: string) => api.POST('/v1/droplets/{droplet}/restart', { params: { path: { droplet } } }),
} as const

export async function doTo(droplet: string, verb: Verb): Promise<void> {
  await send(calls[verb](droplet))
  await queries.invalidateQueries({ queryKey: [dropletsKey] })
}

export async function deleteDroplet(droplet: string): Promise<void> {
  await send(api.DELETE('/v1/droplets/{droplet}', { params: { path: { droplet } } }))
  void queries.invalidateQueries({ queryKey: [dropletsKey] })
}
