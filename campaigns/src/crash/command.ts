import { killingCampaign } from '../campaign/killing.ts'
import { runCampaign } from './campaign.ts'
import { injectedFaults, invariants } from './invariants.ts'

export const crash = killingCampaign({
  name: 'crash',
  summary: 'kill -9 under load, restart, and check everything that was acknowledged (N-220)',
  about:
    'Kills the server with SIGKILL while users log in, refresh and log out and clients get and revoke tokens, and restarts it.',
  invariants,
  injectedFaults,
  onEachEngine: true,
  notOnGiven: 'the search for damaged rows and indexes (W5)',
  run: runCampaign,
})
