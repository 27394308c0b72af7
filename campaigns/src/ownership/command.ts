import { killingCampaign } from '../campaign/killing.ts'
import { runOwnership } from './campaign.ts'
import { injectedFaults, invariants } from './invariants.ts'

export const ownership = killingCampaign({
  name: 'ownership',
  summary: 'kill -9 while the ownership is transferred: one owner at every read (N-142)',
  about:
    'Two users transfer the ownership to each other as fast as they can. The database is read all the time. The server is\nkilled with SIGKILL and restarted.',
  invariants,
  injectedFaults,
  onEachEngine: true,
  notOnGiven: 'the search for damaged rows and indexes (sound)',
  run: runOwnership,
})
