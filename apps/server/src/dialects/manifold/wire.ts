// Manifold's JSON names. The only file that knows them.
import type { TokenSet } from '@countersign/core'
import type { Droplet } from '@countersign/resources'
import type { Input } from '../../generated/index.ts'
import { version } from '../../version.ts'

export const loggedIn = (set: TokenSet) => ({
  token: set.accessToken.reveal(),
  ...(set.refreshToken ? { refresh_token: set.refreshToken.reveal() } : {}),
})

export const productInfo = { product_name: 'Countersign', product_release: version }

/** An instance is this vendor's view of a droplet; its id is the droplet's number. */
export const instance = (droplet: Droplet) => ({
  id: droplet.number,
  name: droplet.name,
  state: droplet.state,
  user_name: droplet.creator,
  created: droplet.createdAt,
})

/** Whether `?state=` selects the instance. A droplet is never done: it exists or it does not. */
export const isIn = (state: Droplet['state'], wanted: Input<'manifoldListInstances'>['query']['state']): boolean =>
  wanted === undefined || wanted === 'all' || wanted === 'not_done' || wanted === state

/** The ids of `?instance=`, separated by commas; `undefined` selects all. Empty items are skipped. */
export const ids = (list: string | undefined): ReadonlySet<number> | undefined =>
  list === undefined ? undefined : new Set(list.split(',').filter(Boolean).map(Number))
