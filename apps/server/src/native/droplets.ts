import type { Domain } from '@countersign/core'
import { type DropletDriver, DropletError } from '@countersign/resources'
import type { DropletsHandlers } from '../generated/index.ts'
import { type Context, dropletCallerOf } from '../pipeline/context.ts'
import { Cursors } from './wire/cursor.ts'
import { shownDroplet } from './wire/droplets-wire.ts'

const defaultPage = 50

/** Droplets, for users and clients whose role permits it. */
export function dropletHandlers({
  droplets,
  domain,
}: {
  readonly domain: Pick<Domain, 'keys' | 'clock'>
  readonly droplets: DropletDriver
}): DropletsHandlers<Context> {
  const cursors = new Cursors(domain)

  const change =
    (action: keyof Pick<DropletDriver, 'start' | 'stop' | 'restart'>) =>
    async ({ params }: { readonly params: { readonly droplet: string } }, context: Context) => {
      const droplet = await droplets[action](params.droplet, dropletCallerOf(context))
      return { status: 200, body: shownDroplet(droplet) } as const
    }

  return {
    async listDroplets({ query }) {
      const list = ['droplets', query.state].join(' ')
      const after = query.cursor === undefined ? -1 : Number(cursors.read(list, query.cursor))
      const limit = query.limit ?? defaultPage
      const matching = (await droplets.list()).filter(
        ({ number, state }) => number > after && (query.state === undefined || state === query.state),
      )
      const shown = matching.slice(0, limit)
      const last = matching.length > limit ? shown.at(-1) : undefined
      return {
        status: 200,
        body: {
          droplets: shown.map(shownDroplet),
          next_cursor: last === undefined ? null : cursors.write(list, String(last.number)),
        },
      }
    },

    async createDroplet({ body }, context) {
      return { status: 201, body: shownDroplet(await droplets.add({ name: body.name }, dropletCallerOf(context))) }
    },

    async showDroplet({ params }) {
      const droplet = await droplets.get(params.droplet)
      if (!droplet) throw new DropletError('droplet_unknown', `There is no droplet ${params.droplet}.`)
      return { status: 200, body: shownDroplet(droplet) }
    },

    async deleteDroplet({ params }, context) {
      await droplets.remove(params.droplet, dropletCallerOf(context))
      return { status: 204 }
    },

    startDroplet: change('start'),
    stopDroplet: change('stop'),
    restartDroplet: change('restart'),
  }
}
