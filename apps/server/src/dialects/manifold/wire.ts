// Manifold's JSON names; the only file that knows them.
import type { TokenSet } from '@countersign/core'
import type { Droplet } from '@countersign/resources'
import { version } from '../../version.ts'

export const loggedIn = (set: TokenSet) => ({
  token: set.accessToken.reveal(),
  ...(set.refreshToken ? { refresh_token: set.refreshToken.reveal() } : {}),
})

export const productInfo = { product_name: 'Countersign', product_release: version }

/** An instance is a droplet as this vendor sees it: its id is the droplet's number. */
export const instance = (droplet: Droplet) => ({
  id: droplet.number,
  name: droplet.name,
  state: droplet.state,
  user_name: droplet.creator,
  created: droplet.createdAt,
})
