import { killingCampaign } from '../campaign/killing.ts'
import { runOwnership } from './campaign.ts'
import { invariants, plants } from './invariants.ts'

export const ownership = killingCampaign({
  name: 'ownership',
  summary: 'kill -9 while the ownership changes hands: one owner at every read (N-142)',
  about:
    'Two people hand the ownership to one another as fast as they can, somebody reads the database all the while, and the\nserver is killed with SIGKILL and started again.',
  invariants,
  plants,
  run: runOwnership,
})
